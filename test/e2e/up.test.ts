import { createHash } from 'node:crypto';
import { appendFile, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Job } from '../../shared/domain/job-record.ts';
import type { Version } from '../../shared/domain/version.ts';
import { driftless, eventually, type Host, startDriftless } from './driftless.ts';

let folder: string;
let host: Host;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'driftless-up-'));
  host = await startDriftless(folder);
});
afterAll(async () => {
  await host.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const inbox = (path: string): string => join(folder, 'store/inbox', path);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** As a person does: the file is written elsewhere and copied in. */
const drop = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(inbox(path)), { recursive: true });
  await writeFile(join(folder, 'a file'), text);
  await copyFile(join(folder, 'a file'), inbox(path));
};
const versionsOf = async (model: string): Promise<Version[]> => {
  const response = await host.send('GET', `/v1/models/${model}/versions`);
  return response.ok ? ((await response.json()) as { items: Version[] }).items : [];
};
const someVersions = (model: string, count = 1): Promise<Version[]> =>
  eventually(`${count} versions of ${model}`, async () => {
    const versions = await versionsOf(model);
    return versions.length >= count ? versions : null;
  });
const shell = (script: string, spec: object = {}) => ({ kind: 'process', command: ['sh', '-c', script], ...spec });
const submit = (spec: object): Promise<Job> => host.call<Job>('POST', '/v1/jobs', spec);
const endOf = ({ id }: Job): Promise<Job> =>
  eventually(`end of ${id}`, async () => {
    const job = await host.call<Job>('GET', `/v1/jobs/${id}`);
    return job.settled ? job : null;
  });
const rows = (start: number, count: number, everyMs: number): string =>
  Array.from({ length: count }, (_, i) =>
    JSON.stringify({ date: new Date(start + i * everyMs).toISOString(), id: `${start}-${i}`, hour: i % 24 }),
  ).join('\n');
const manifest = (model: string, window: string) => ({
  apiVersion: 'driftless.dev/v1',
  model,
  task: 'none',
  data: { timestamp: 'date', predictionId: 'id', features: ['hour'] },
  monitor: { window },
});
const deadLetters = () =>
  host.list<{ id: string; function: string; event: { subject: string }; problem: { code: string; detail: string } }>(
    '/v1/dead-letters',
  );

describe('a file that is dropped', () => {
  it('becomes a version', async () => {
    await drop('models/plain/model.bin', 'weights');
    expect(await someVersions('plain')).toMatchObject([{ version: 1, digest: sha256('weights'), size: 7 }]);
  });

  it('slowly is one version, and whole', async () => {
    await mkdir(inbox('models/slow'), { recursive: true });
    const parts = Array.from({ length: 8 }, (_, i) => `part ${i} `);
    for (const part of parts) {
      await appendFile(inbox('models/slow/model.bin'), part);
      await wait(500); // slower than the watcher polls, faster than it takes for stillness
    }
    const whole = sha256(parts.join(''));
    expect(await someVersions('slow')).toMatchObject([{ version: 1, digest: whole }]);
    await drop('models/slow/other.bin', 'other');
    expect((await someVersions('slow', 2)).map(({ digest }) => digest)).toEqual([sha256('other'), whole]);
  });

  it('among many, each in a folder made a moment before, is not missed', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `many-${i}`);
    for (const name of names) await drop(`models/${name}/model.bin`, name);
    const known = await eventually('version of each', async () => {
      const models = await host.list<{ name: string }>('/v1/models');
      const many = models.filter(({ name }) => name.startsWith('many-'));
      return many.length === names.length ? many : null;
    });
    expect(known.map(({ name }) => name)).toEqual(names.toSorted());
  });

  it('in a folder waits for its _SUCCESS', async () => {
    await drop('models/folder/run/model.bin', 'weights');
    await drop('models/folder/run/nested/words.txt', 'words');
    await drop('models/other-folder/model.bin', 'sign of life');
    await someVersions('other-folder');
    expect(await versionsOf('folder')).toEqual([]);
    await drop('models/folder/run/_SUCCESS', '');
    const [version] = await someVersions('folder');
    expect(version?.files.map(({ path }) => path)).toEqual(['model.bin', 'nested/words.txt']);
  });

  it('while nobody watched is found at the next start', async () => {
    expect(await host.stop()).toBe(0);
    await drop('models/meanwhile/model.bin', 'weights');
    host = await startDriftless(folder);
    expect(await someVersions('meanwhile')).toHaveLength(1);
  });

  it('and still grows at the start is one version, and whole', async () => {
    await host.stop();
    await mkdir(inbox('models/growing'), { recursive: true });
    const parts = Array.from({ length: 8 }, (_, i) => `part ${i} `);
    for (const [i, part] of parts.entries()) {
      await appendFile(inbox('models/growing/model.bin'), part);
      if (i === 2) host = await startDriftless(folder);
      else await wait(400);
    }
    expect(await someVersions('growing')).toMatchObject([{ version: 1, digest: sha256(parts.join('')) }]);
  });
});

describe('a job', () => {
  it('reaches succeeded by itself, and its model becomes a version', async () => {
    const script = 'echo loss=0.5; echo weights > "$SM_MODEL_DIR/model.txt"';
    const job = await endOf(await submit(shell(script, { kind: 'train', model: 'trained' })));
    expect(job).toMatchObject({ state: 'succeeded', metrics: { loss: 0.5 }, reason: null });
    expect(await someVersions('trained')).toMatchObject([{ lineage: { job: job.id }, metrics: { loss: 0.5 } }]);
    expect(await host.list(`/v1/jobs/${job.id}/logs`)).toContain('loss=0.5');
  });

  it.each([
    ['fails with its exit code', shell('exit 1'), 'exit-code', /1/],
    ['fails without a model', shell('true', { kind: 'train', model: 'trained' }), 'no-model', /SM_MODEL_DIR/],
    ['that hangs ends at maxRunTime', shell('sleep 600', { maxRunTime: 'PT2S' }), 'timeout', /maxRunTime|2 s|PT2S/],
    ['fails without a command', { kind: 'process', command: ['no-such-program'] }, 'no-command', /no-such-program/],
  ])('%s', async (_name, spec, code, detail) => {
    const job = await endOf(await submit(spec));
    expect(job).toMatchObject({ state: 'failed', reason: { code, detail: expect.stringMatching(detail) } });
  });

  it('stops when asked', async () => {
    const job = await submit(shell('sleep 600'));
    await host.call('POST', `/v1/jobs/${job.id}/stop`);
    expect(await endOf(job)).toMatchObject({ state: 'stopped', reason: { code: 'stopped' } });
  });

  it('goes on while the host is down', async () => {
    const job = await submit(shell('sleep 1; echo done=1'));
    expect(await host.stop()).toBe(0);
    host = await startDriftless(folder);
    expect(await endOf(job)).toMatchObject({ state: 'succeeded', metrics: { done: 1 } });
  });
});

describe('inference data', () => {
  it('is checked when its window closes, by tick', async () => {
    await host.call('PUT', '/v1/models/watched', manifest('watched', 'PT4S'));
    await drop('models/watched/model.bin', 'weights');
    await drop('data/watched/history.jsonl', rows(Date.parse('2026-01-01'), 2000, 100));
    await someVersions('watched');
    await eventually('profile of the history', async () => {
      const problem = await (await host.send('POST', '/v1/models/watched/checks')).text();
      return problem.includes('no profiled data') ? null : true;
    });
    await host.call('PUT', '/v1/models/watched/aliases/champion', { version: 1 });
    await eventually('baseline', async () => ((await host.send('POST', '/v1/models/watched/checks')).ok ? true : null));
    // A window that is still open when the file is read: nothing but the clock can start its check.
    const start = Math.ceil(Date.now() / 4000) * 4000 + 8000;
    await drop('data/watched/now.jsonl', rows(start, 40, 100));
    const check = await eventually('check of the window', async () => {
      const checks = await host.list<{ window: { start: string }; checkedAt: string }>('/v1/models/watched/checks');
      return checks.find(({ window }) => window.start === new Date(start).toISOString()) ?? null;
    });
    expect(Date.parse(check.checkedAt)).toBeGreaterThanOrEqual(start + 4000);
  });

  it('that is bad stands in dead letters, and is replayed once it is mended', async () => {
    await host.call('PUT', '/v1/models/bad-data', manifest('bad-data', 'P1D'));
    const key = 'inbox/data/bad-data/day.jsonl';
    await drop('data/bad-data/day.jsonl', '{"date":"2026-01-01T00:00:00Z","id":"1","huor":1}\n');
    const letter = await eventually('dead letter', async () => {
      const letters = await deadLetters();
      return letters.find(({ event }) => event.subject === key) ?? null;
    });
    expect(letter).toMatchObject({ function: 'profile-data', problem: { code: 'invalid-input' } });
    expect(letter.problem.detail).toContain(key);
    expect(letter.problem.detail).toContain('hour');

    await drop('data/bad-data/day.jsonl', rows(Date.parse('2026-01-01'), 10, 1000));
    const replayed = await driftless(folder, 'replay', letter.id);
    expect(replayed).toMatchObject({ code: 0, stderr: '' });
    await eventually('profile', async () => {
      const problem = await (await host.send('POST', '/v1/models/bad-data/checks')).text();
      return problem.includes('no baseline') ? true : null;
    });
    expect(await deadLetters()).toEqual([]);
  });
});

const raw = (headers: Record<string, string>, path = '/v1/models', body = '', method = 'GET') =>
  new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const call = request(host.url + path, { method, headers }, (response) => {
      let text = '';
      response
        .on('data', (chunk: Buffer) => (text += chunk.toString()))
        .on('end', () => resolve({ status: response.statusCode, text }));
    });
    call.once('error', reject);
    call.write(body);
    call.end();
  });

describe('the socket', () => {
  it('turns away other hosts and strangers', async () => {
    const authorization = `Bearer ${host.token}`;
    expect(await raw({ authorization })).toMatchObject({ status: 200 });
    expect(await raw({ authorization, host: 'rebound.example' })).toMatchObject({ status: 403 });
    expect(await raw({})).toMatchObject({ status: 401 });
    expect(await raw({}, '/healthz')).toMatchObject({ status: 200 });
  });

  it('takes no more than 1 MiB, in chunks of unknown number too', async () => {
    const headers = { authorization: `Bearer ${host.token}`, 'transfer-encoding': 'chunked' };
    const body = JSON.stringify(shell('true')).padEnd(1024 * 1024 + 1, ' ');
    expect(await raw(headers, '/v1/jobs', body, 'POST')).toMatchObject({ status: 413 });
    expect(await raw(headers, '/v1/jobs', '{', 'POST')).toMatchObject({ status: 400 });
  });

  it('is told when another has it', async () => {
    const ran = await driftless(folder, 'up', '--port', new URL(host.url).port, '--json');
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ code: 'unavailable', detail: expect.stringMatching(/--port/) });
  });
});

describe('Ctrl-C', () => {
  it('ends it at once and cleanly, whatever is under way', async () => {
    await submit(shell('sleep 1'));
    await drop('models/late/model.bin', 'weights');
    const before = performance.now();
    expect(await host.stop()).toBe(0);
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(host.stderr()).not.toMatch(/"level":"error"|\n\s+at /);
    host = await startDriftless(folder);
    expect(await someVersions('late')).toHaveLength(1);
    await host.everyJobEnds();
  });
});
