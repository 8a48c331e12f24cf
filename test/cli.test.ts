import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { driftless, type Host, type Ran, startDriftless } from './e2e/driftless.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'driftless-cli-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await mkdir(join(folder, 'trained/nested'), { recursive: true });
  await writeFile(join(folder, 'trained/model.bin'), 'weights');
  await writeFile(join(folder, 'trained/nested/words.txt'), 'words');
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

const event = {
  specversion: '1.0',
  id: 'e1',
  source: 'urn:test',
  type: 'dev.driftless.object.created.v1',
  subject: 'inbox/data/undeclared/day.csv',
  time: '2026-01-01T00:00:00.000Z',
  datacontenttype: 'application/json',
  data: { store: 'file:', key: 'inbox/data/undeclared/day.csv', size: 1, version: '1' },
};
const hostile = 'red\u001b[31m bell\u0007 c1\u009b31m del\u007f';
const files = {
  'model.yaml': `
apiVersion: driftless.dev/v1
model: flight-delays
task: binary
data: { timestamp: date, predictionId: id, features: [hour], score: p, label: late }
`,
  'typo.yaml': `
apiVersion: driftless.dev/v1
model: typo
tsk: binary
data: { timestmp: date, predictionId: id, features: [hour] }
monitr: {}
`,
  'model.bin': 'first weights',
  'better.bin': 'better weights',
  'job.yaml': `
kind: train
model: flight-delays
command: [sh, -c, 'echo auc=0.7512345; echo loss=0.25; echo weights > "$SM_MODEL_DIR/model.txt"']
`,
  'endless.yaml': 'kind: process\ncommand: [sleep, "600"]\n',
  'impossible.yaml': `
kind: train
command: ['true']
image: example.com/train:1
resources: { gpu: { type: h100, count: 8 } }
spot: true
`,
  'hostile.json': JSON.stringify({ kind: 'process', command: ['printf', hostile], environment: { A: hostile } }),
  'event.json': JSON.stringify(event),
  'broken.yaml': 'a: [1,\n',
};

const run = (...parameters: string[]): Promise<Ran> => driftless(folder, ...parameters);
/** What `--json` printed, which must be one document and all of stdout. */
const json = async (...parameters: string[]): Promise<{ code: number | null; value: unknown }> => {
  const { code, stdout } = await run(...parameters, '--json');
  return { code, value: JSON.parse(stdout) };
};
const itemsOf = async <Item>(...parameters: string[]): Promise<Item[]> =>
  ((await json(...parameters)).value as { items: Item[] }).items;
const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('apply', () => {
  it('refuses a manifest with every fault at once, and stores nothing', async () => {
    const refused = await run('apply', 'typo.yaml');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    for (const fault of ['task:', 'did you mean task?', 'did you mean timestamp?', 'did you mean monitor?'])
      expect(refused.stderr).toContain(fault);
    expect(refused.stderr).toContain('typo.yaml');
    expect((await json('models')).value).toEqual({ items: [], next: null });
  });

  it('declares a model, from a file or a folder of them', async () => {
    const applied = await json('apply', 'model.yaml');
    expect(applied).toMatchObject({ code: 0, value: { name: 'flight-delays', champion: null } });
    await mkdir(join(folder, 'models'));
    await writeFile(join(folder, 'models/same.yaml'), files['model.yaml']);
    expect(await json('apply', 'models')).toEqual(applied);
    const table = await run('models');
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout).toMatch(/^MODEL +CHAMPION +TASK +UPDATED\nflight-delays +- +binary +20/);
  });

  it.each([
    ['nowhere.yaml', /nowhere\.yaml cannot be read/],
    ['broken.yaml', /broken\.yaml is not YAML/],
    ['trained', /holds no manifest/],
  ])('says what is wrong with %s', async (path, words) => {
    expect(await run('apply', path)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(words) });
  });
});

describe('artifacts and the champion', () => {
  it('registers a file once, whatever it is called, and a folder', async () => {
    const first = await json('artifact', 'register', 'flight-delays', 'model.bin');
    expect(first).toMatchObject({ code: 0, value: { version: 1, size: 13 } });
    await writeFile(join(folder, 'copy.bin'), files['model.bin']);
    expect(await json('artifact', 'register', 'flight-delays', 'copy.bin')).toEqual(first);
    expect(await readdir(join(folder, 'store/artifacts/flight-delays'))).toHaveLength(1); // no bytes are kept twice
    expect((await json('artifact', 'register', 'flight-delays', 'trained')).value).toMatchObject({
      version: 2,
      files: [{ path: 'model.bin' }, { path: 'nested/words.txt' }],
    });
    expect(await json('artifact', 'register', 'flight-delays', 'better.bin')).toMatchObject({ value: { version: 3 } });
    expect(await itemsOf('versions', 'flight-delays')).toMatchObject([{ version: 3 }, { version: 2 }, first.value]);
    expect(await run('artifact', 'register', 'flight-delays', 'nowhere.bin')).toMatchObject({ code: 2, stdout: '' });
  });

  it('promotes and goes back', async () => {
    expect((await run('promote', 'flight-delays@1')).stdout).toBe('flight-delays@1 is champion: on request\n');
    const better = await run('promote', 'flight-delays@3', '--reason', 'better');
    expect(better).toMatchObject({ code: 0, stdout: 'flight-delays@3 is champion (before: @1): better\n' });
    expect((await run('models')).stdout).toMatch(/flight-delays +3 /);
    expect(await json('rollback', 'flight-delays')).toMatchObject({ code: 0, value: { version: 1 } });
    for (const wrong of ['flight-delays', 'flight-delays@', 'flight-delays@9', '@1', 'flight-delays@1.5'])
      expect(await run('promote', wrong)).toMatchObject({ code: 2, stdout: '' });
    expect(await json('models')).toMatchObject({ value: { items: [{ champion: 1 }] } });
  });
});

describe('jobs', () => {
  it('plan shows the request, or lists what the target cannot do, and stores nothing', async () => {
    expect(await json('job', 'plan', 'job.yaml', '--target', 'local')).toMatchObject({
      code: 0,
      value: { requests: [{ operation: 'run' }] },
    });
    const refused = await json('job', 'plan', 'impossible.yaml');
    expect(refused).toMatchObject({ code: 2, value: { code: 'unsupported' } });
    const { faults } = refused.value as { faults: { path: string }[] };
    expect(faults.map(({ path }) => path)).toEqual(expect.arrayContaining(['image', 'spot', 'resources.gpu']));
    expect(await run('job', 'plan', 'job.yaml', '--target', 'mars')).toMatchObject({ code: 2, stdout: '' });
    expect(await json('job', 'list')).toMatchObject({ value: { items: [] } });
  });

  it('submit once for a key; the job ends, and its model has a lineage', async () => {
    const submitted = await json('job', 'submit', 'job.yaml', '--key', 'k1');
    const { id } = submitted.value as { id: string };
    expect(await json('job', 'submit', 'job.yaml', '--key', 'k1')).toMatchObject({ code: 0, value: { id } });
    expect(await run('job', 'submit', 'endless.yaml', '--key', 'k1')).toMatchObject({ code: 2, stdout: '' });
    await expect
      .poll(async () => (await json('job', 'show', id)).value, { timeout: 30_000 })
      .toMatchObject({ state: 'succeeded', metrics: { auc: 0.7512345 }, version: 4 });
    expect(await itemsOf('job', 'list')).toMatchObject([{ id }]);
    expect(await run('job', 'logs', id)).toMatchObject({ code: 0, stdout: 'auc=0.7512345\nloss=0.25\n' });
    expect(await json('job', 'logs', id)).toEqual({
      code: 0,
      value: { items: ['auc=0.7512345', 'loss=0.25'], next: null },
    });
    expect(await json('lineage', 'flight-delays@4')).toMatchObject({ value: { lineage: { job: id, parent: 1 } } });
    expect((await run('lineage', 'flight-delays@4')).stdout).toMatch(new RegExp(`job: +${id}\\n`));
  });

  it('stop', async () => {
    const { value } = await json('job', 'submit', 'endless.yaml');
    const { id } = value as { id: string };
    expect(await json('job', 'stop', id)).toMatchObject({ code: 0, value: { id, stopRequested: true } });
    await expect
      .poll(async () => (await json('job', 'show', id)).value, { timeout: 30_000 })
      .toMatchObject({ state: 'stopped', reason: { code: 'stopped' } });
    for (const action of ['show', 'stop', 'logs'])
      expect(await run('job', action, 'jnone')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('operating', () => {
  it('invoke runs a function with its input, or an event; what it cannot process is kept and replayed', async () => {
    expect(await json('invoke', 'get-health')).toEqual({ code: 0, value: { status: 'ok' } });
    const near = await run('invoke', 'get-modle');
    expect(near).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean get-model?') });

    const refused = await json('invoke', 'profile-data', '--event', 'event.json');
    expect(refused).toMatchObject({ code: 2, value: { code: 'not-found' } });
    const [letter] = await itemsOf<{ id: string }>('dead-letters');
    expect(letter).toMatchObject({ function: 'profile-data', event: { id: 'e1' }, problem: refused.value });
    expect((await run('dead-letters')).stdout).toContain('inbox/data/undeclared/day.csv');

    expect(await json('replay', letter?.id ?? '')).toEqual({ code: 0, value: letter });
    const again = await itemsOf<{ id: string; event: object }>('dead-letters');
    expect(again).toMatchObject([{ function: 'profile-data', event: { subject: event.subject } }]);
    expect(await run('replay', 'dnone')).toMatchObject({ code: 2, stdout: '' });
  });

  it.each([['fly'], ['models', '--fast'], ['promote'], ['job'], ['job', 'fly'], ['models', '--limit', '0']])(
    'exits with 2 for `%s %s %s`',
    async (...words) => {
      expect(await run(...words)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/\w/) });
      expect(await json(...words)).toMatchObject({ code: 2, value: { code: 'invalid-input' } });
    },
  );
});

describe('what is printed', () => {
  let host: Host;
  beforeAll(async () => {
    host = await startDriftless(folder);
  });
  afterAll(() => host.stop());

  it.each([
    [['models'], '/v1/models'],
    [['versions', 'flight-delays'], '/v1/models/flight-delays/versions'],
    [['lineage', 'flight-delays@4'], '/v1/models/flight-delays/versions/4/lineage'],
    [['job', 'list'], '/v1/jobs'],
    [['checks', 'flight-delays'], '/v1/models/flight-delays/checks'],
    [['retrainings', 'flight-delays'], '/v1/models/flight-delays/retrainings'],
    [['dead-letters'], '/v1/dead-letters'],
  ])('%j --json is what GET %s answers, and people get 80 columns', async (words, path) => {
    expect(await json(...words)).toEqual({ code: 0, value: await host.call('GET', path) });
    const { stdout, stderr, code } = await run(...words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(widest(stdout)).toBeLessThanOrEqual(words[0] === 'dead-letters' ? 200 : 80);
  });

  it('is one record of the API for each that is written', async () => {
    const [{ id } = { id: '' }] = await itemsOf<{ id: string }>('job', 'list', '--limit', '1');
    expect((await json('job', 'show', id)).value).toEqual(await host.call('GET', `/v1/jobs/${id}`));
    const promoted = (await json('promote', 'flight-delays@2')).value;
    expect(promoted).toEqual(await host.call('GET', '/v1/models/flight-delays/aliases/champion'));
    const retraining = (await json('retrain', 'flight-delays', '--reason', 'a hunch')).value;
    expect(await itemsOf('retrainings', 'flight-delays')).toEqual([retraining]);
  });

  it('tells that there is more, and where it goes on', async () => {
    const page = await run('versions', 'flight-delays', '--limit', '3');
    const cursor = /^There is more: --cursor (\S+)\n$/.exec(page.stderr)?.[1] ?? '';
    expect(await itemsOf('versions', 'flight-delays', '--cursor', cursor)).toMatchObject([{ version: 1 }]);
  });

  it('never lets a record speak to the terminal', async () => {
    const { value } = await json('job', 'submit', 'hostile.json');
    const { id, spec } = value as { id: string; spec: { environment: { A: string } } };
    expect(spec.environment.A).toBe(hostile);
    await host.everyJobEnds();
    await json('retrain', 'flight-delays', '--reason', hostile);
    await json('promote', 'flight-delays@3', '--reason', hostile);
    const shown = await Promise.all([
      run('job', 'logs', id),
      run('job', 'logs', id, '--json'),
      run('job', 'show', id, '--json'),
      run('job', 'plan', 'hostile.json'),
      run('retrainings', 'flight-delays'),
      run('rollback', 'flight-delays', '--reason', hostile),
      run('versions', hostile),
      run('invoke', hostile),
      run('promote', hostile),
      run('apply', hostile),
    ]);
    for (const { stdout, stderr } of shown) expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]/u);
    expect(shown[0]?.stdout).toContain('bell');
  });

  it('with --store says which Driftless, wherever it stands', async () => {
    const elsewhere = `file:${join(folder, 'elsewhere')}`;
    expect(await json('--store', elsewhere, 'models')).toEqual({ code: 0, value: { items: [], next: null } });
    expect(await json('models', `--store=${elsewhere}`)).toEqual({ code: 0, value: { items: [], next: null } });
    expect(await readdir(join(folder, 'elsewhere'))).toBeDefined();
    expect(await run('models', '--store', 'ftp://host')).toMatchObject({ code: 2, stdout: '' });
  });
});
