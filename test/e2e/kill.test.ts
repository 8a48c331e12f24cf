import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Job } from '../../shared/domain/job-record.ts';
import type { Version } from '../../shared/domain/version.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import { systemIds } from '../../shared/kernel/ids.ts';
import { openObjectStore } from '../../shared/object-store/open.ts';
import { eventually, type Host, startDriftless } from './driftless.ts';

/** What comes in: the same for every run. */
const models = ['alpha', 'beta', 'gamma', 'delta'];
const artifacts = Array.from({ length: 50 }, (_, i) => ({
  model: models[i % models.length] ?? '',
  name: `file-${i}.bin`,
  // Every fifth has the content of the one four before it, which went to the same model.
  content: `content of ${i % 5 === 4 ? i - 4 : i}`,
}));
const shell = (script: string, spec: object = {}) => ({ kind: 'process', command: ['sh', '-c', script], ...spec });
const outcomes = [
  shell('sleep 0.3; echo done=1'),
  shell('exit 3'),
  shell('kill -9 $$'),
  shell('sleep 600', { maxRunTime: 'PT2S' }),
  shell('true', { kind: 'train', model: 'alpha' }), // leaves no model
];
const jobs = Array.from({ length: 20 }, (_, i) => ({
  key: `job ${i}`,
  spec: outcomes[i % 6] ?? shell(`printf 'trained ${i}' > "$SM_MODEL_DIR/model.txt"`, { kind: 'train', model: 'beta' }),
}));

const digestOf = (content: string): string => createHash('sha256').update(content).digest('hex');
const expectedDigests = (): Record<string, string[]> => {
  const trained = jobs.flatMap((_, i) => (i % 6 === 5 ? [{ model: 'beta', content: `trained ${i}` }] : []));
  const all = [...artifacts, ...trained];
  return Object.fromEntries(
    models.map((model) => {
      const contents = all.filter((each) => each.model === model).map(({ content }) => digestOf(content));
      return [model, [...new Set(contents)].toSorted()];
    }),
  );
};

let folder: string;
let host: Host;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'driftless-kill-'));
  host = await startDriftless(folder);
});
afterEach(async () => {
  await host.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Half by hand, as plain files; half by a program, as objects. */
const deliverArtifacts = async (): Promise<void> => {
  const store = await openObjectStore(`file:${join(folder, 'store')}`, { clock: systemClock, ids: systemIds });
  for (const [i, { model, name, content }] of artifacts.entries()) {
    const key = `inbox/models/${model}/${name}`;
    if (i % 2 === 0) await store.put(key, content);
    else {
      await writeFile(join(folder, 'a file'), content);
      await mkdir(dirname(join(folder, 'store', key)), { recursive: true });
      await copyFile(join(folder, 'a file'), join(folder, 'store', key));
    }
    await wait(50);
  }
};

/** As a client does that gets no answer: it asks again, with the same key. */
const deliverJobs = async (): Promise<void> => {
  for (const { key, spec } of jobs)
    await eventually(`answer for ${key}`, async () => {
      const response = await host.send('POST', '/v1/jobs', spec, { 'idempotency-key': key }).catch(() => null);
      return response?.status === 202 ? true : null;
    });
};

/** Kills the host at moments that follow from the seed, and starts it again each time. */
const killAgainAndAgain = async (seed: number, times: number): Promise<void> => {
  const random = seededRandom(seed);
  for (let i = 0; i < times; i += 1) {
    await wait(100 + random() * 2400);
    await host.kill();
    host = await startDriftless(folder);
  }
};

/** https://en.wikipedia.org/wiki/Xorshift, 32 bits: 0 to 1. */
const seededRandom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
};

/** None yet of a model that nothing was registered for. */
const versionsOf = async (model: string): Promise<Version[]> => {
  const response = await host.send('GET', `/v1/models/${model}/versions`);
  return response.status === 404 ? [] : ((await response.json()) as { items: Version[] }).items;
};

/** Everything that a user can see at the end, without times and numbers that order decides. */
const endState = async () => {
  const ended = (await host.everyJobEnds(100)) as Job[];
  const expected = expectedDigests();
  const versions = await eventually('version of every artifact', async () => {
    const lists = await Promise.all(models.map(versionsOf));
    return lists.every((list, i) => list.length >= (expected[models[i] ?? '']?.length ?? 0)) ? lists : null;
  });
  for (const list of versions) expect(new Set(list.map(({ version }) => version)).size).toBe(list.length);
  const events = await openObjectStore(`file:${join(folder, 'store')}`, { clock: systemClock, ids: systemIds });
  await eventually('end of all events', async () =>
    (await events.list('state/bus/')).items.length === 0 ? true : null,
  );
  return {
    digests: Object.fromEntries(
      versions.map((list, i): [string, string[]] => [models[i] ?? '', list.map(({ digest }) => digest).toSorted()]),
    ),
    jobs: Object.fromEntries(
      ended.map(({ idempotencyKey, state, reason, version }): [string, object] => [
        idempotencyKey,
        { state, reason: reason?.code ?? null, hasVersion: version !== null },
      ]),
    ),
    deadLetters: await host.list('/v1/dead-letters'),
  };
};

const undisturbed = {
  digests: expectedDigests(),
  jobs: Object.fromEntries(
    jobs.map(({ key }, i): [string, object] => [
      key,
      [
        { state: 'succeeded', reason: null, hasVersion: false },
        { state: 'failed', reason: 'exit-code', hasVersion: false },
        { state: 'failed', reason: 'signal', hasVersion: false },
        { state: 'failed', reason: 'timeout', hasVersion: false },
        { state: 'failed', reason: 'no-model', hasVersion: false },
        { state: 'succeeded', reason: null, hasVersion: true },
      ][i % 6] ?? {},
    ]),
  ),
  deadLetters: [],
};

it('an undisturbed run registers every artifact and ends every job', async () => {
  await Promise.all([deliverArtifacts(), deliverJobs()]);
  expect(await endState()).toEqual(undisturbed);
}, 120_000);

it.each([20_261_121, 7])(
  'kills of the host change nothing about how it ends (seed %i)',
  async (seed) => {
    await Promise.all([deliverArtifacts(), deliverJobs(), killAgainAndAgain(seed, 5)]);
    expect(await endState()).toEqual(undisturbed);
  },
  120_000,
);
