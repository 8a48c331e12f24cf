import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isRunning } from './backends/training.ts';
import { eventually, finalOf, openRunner, type Runner } from './training-local-runner.ts';

let runner: Runner;
beforeEach(async () => {
  runner = await openRunner();
});
afterEach(() => runner.close());

const leaveModel = 'echo weights > "$SM_MODEL_DIR/model.txt"';
const numberIn = (file: string) =>
  eventually(file, () => (existsSync(file) && Number(readFileSync(file, 'utf8'))) || null);

const reasonOf = async (spec: Record<string, unknown>, using: Runner = runner) => {
  const job = await using.submit(spec);
  const { state, reason } = await finalOf(using.platform, job.name);
  return { state, ...reason };
};
const inShell = (script: string) => ({ command: ['sh', '-c', script] });

const daemon = (file: string) => `setsid sh -c 'echo $$ > ${file}; exec sleep 1000' > /dev/null 2>&1 &`;

describe('what a command sees and leaves', () => {
  test('inputs from the store and the disk stand in their channels, outputs in the store', async () => {
    const { store, folder, shell, platform, text } = runner;
    await store.put('data/train/a.csv', 'a');
    await store.put('data/train/deep/b.csv', 'b');
    await store.put('days/1/part.csv', 'one');
    await store.put('days/2/part.csv', 'two');
    mkdirSync(join(folder, 'labels', 'sub'), { recursive: true });
    writeFileSync(join(folder, 'labels', 'sub', 'labels.csv'), 'local');
    const job = await shell(
      `cd "$SM_CHANNEL_TRAIN" && find . -type f | sort > "$SM_OUTPUT_DATA_DIR/train.txt"
       cat "$SM_CHANNEL_DAYS/part.csv" "$SM_CHANNEL_DAYS/part-2.csv" > "$SM_OUTPUT_DATA_DIR/days.txt"
       mkdir -p "$SM_MODEL_DIR/sub" && cp "$SM_CHANNEL_MY_LABELS/sub/labels.csv" "$SM_MODEL_DIR/sub/model.txt"`,
      {
        inputs: {
          train: 'data/train/',
          days: ['days/1/part.csv', 'days/2/part.csv'],
          'my-labels': pathToFileURL(join(folder, 'labels')).href,
        },
      },
    );
    expect(await finalOf(platform, job.name)).toMatchObject({
      state: 'succeeded',
      model: `${job.outputs}model/`,
      output: `${job.outputs}output/`,
    });
    expect(await text(`${job.outputs}output/train.txt`)).toBe('./a.csv\n./deep/b.csv\n');
    expect(await text(`${job.outputs}output/days.txt`)).toBe('onetwo');
    expect(await text(`${job.outputs}model/sub/model.txt`)).toBe('local');
    const completion = await eventually('completion object', () => text(`${job.outputs}completion.json`));
    expect(JSON.parse(completion)).toEqual({ name: job.name, specHash: job.specHash, state: 'succeeded' });
  });

  test('it runs in a copy of its source, with its own environment and nothing of the host', async () => {
    const { folder, submit, platform } = runner;
    mkdirSync(join(folder, 'source'));
    writeFileSync(join(folder, 'source', 'train.sh'), 'env | sort; echo weights > "$SM_MODEL_DIR/model"; touch here');
    process.env['DRIFTLESS_TEST_SECRET'] = 'hunter22';
    const job = await submit({
      source: join(folder, 'source'),
      command: ['sh', 'train.sh'],
      environment: { COLOUR: 'blue' },
      secrets: { TOKEN: 'env:DRIFTLESS_TEST_SECRET' },
      hyperparameters: { 'learning-rate': 0.5 },
    });
    expect((await finalOf(platform, job.name)).state).toBe('succeeded');
    delete process.env['DRIFTLESS_TEST_SECRET'];
    const { lines } = await platform.logs(job.name);
    const names = lines.map((line) => line.split('=')[0]);
    expect(lines).toEqual(
      expect.arrayContaining(['COLOUR=blue', 'SM_HP_LEARNING_RATE=0.5', `DRIFTLESS_JOB=${job.name}`, 'TOKEN=***']),
    );
    expect(names).not.toContain('DRIFTLESS_TEST_SECRET');
    expect(names).not.toContain('VITEST');
    expect(existsSync(join(folder, 'source', 'here'))).toBe(false);
  });

  test('the log is read in pages, stdout and stderr in one', async () => {
    const { shell, platform } = runner;
    const job = await shell(`echo one; echo two >&2; printf three; ${leaveModel}`);
    await finalOf(platform, job.name);
    const first = await platform.logs(job.name, { limit: 2 });
    const second = await platform.logs(job.name, { limit: 2, after: first.next ?? '' });
    expect([...first.lines, ...second.lines].toSorted()).toEqual(['one', 'three', 'two']);
    expect(first.lines).toHaveLength(2);
    expect(await platform.logs(job.name, { after: second.next ?? '' })).toEqual({ lines: [] });
  });

  test('metrics are its clean lines; the last value of a name wins', async () => {
    const { shell, platform } = runner;
    const job = await shell(
      `printf 'loss=3\\nloss=NaN\\nauc=1e999\\n=4\\na b=1\\n\\377\\376=2\\nloss = -2.5e-1\\nepoch 3 loss=9\\n'
       head -c 3000000 /dev/zero | tr '\\0' x; echo; echo ok=1; echo hidden=1 >&2; ${leaveModel}`,
    );
    expect((await finalOf(platform, job.name)).metrics).toEqual({ loss: -0.25, ok: 1 });
  });

  test('metrics are told while it runs', async () => {
    const { shell, platform } = runner;
    const job = await shell('echo loss=0.75; sleep 1000');
    const running = await eventually('metric', async () => {
      const now = await platform.describe(job.name);
      return now?.metrics['loss'] === undefined ? null : now;
    });
    expect(running).toMatchObject({ state: 'running', metrics: { loss: 0.75 } });
  });
});

describe('how a job can end', () => {
  test('with a bad exit code and its last words', async () => {
    const reason = await reasonOf(inShell('for i in $(seq 50); do echo line $i >&2; done; exit 7'));
    expect(reason).toMatchObject({ state: 'failed', code: 'exit-code', exitCode: 7 });
    expect(reason.detail).toContain('line 50');
    expect(reason.detail).not.toContain('line 40\n');
  });

  test('killed from outside', async () => {
    expect(await reasonOf(inShell('kill -9 $$'))).toMatchObject({ state: 'failed', code: 'signal' });
  });

  test('without a model', async () => {
    expect(await reasonOf(inShell('true'))).toMatchObject({ state: 'failed', code: 'no-model' });
    expect(await reasonOf({ ...inShell('true'), kind: 'process' })).toEqual({ state: 'succeeded' });
  });

  test('without a command', async () => {
    const reason = await reasonOf({ command: ['no-such-program'] });
    expect(reason).toMatchObject({ state: 'failed', code: 'no-command' });
    expect(reason.detail).toContain('no-such-program');
  });

  test.each(['nowhere/data.csv', 'nowhere/', '/nowhere/data.csv', './nowhere'])(
    'without its input %s',
    async (input) => {
      const reason = await reasonOf({ ...inShell(leaveModel), inputs: { train: input } });
      expect(reason).toMatchObject({ state: 'failed', code: 'input' });
      expect(reason.detail).toContain(input.replace('./', ''));
    },
  );

  test('when its outputs cannot be stored', async () => {
    writeFileSync(join(runner.folder, 'file'), '');
    const blocked = await openRunner({ storeUrl: `file:${join(runner.folder, 'file', 'store')}` });
    expect(await reasonOf(inShell(leaveModel), blocked)).toMatchObject({ state: 'failed', code: 'output' });
    await blocked.close();
  });

  test('at its time limit, even when it ignores the request to end', async () => {
    const file = join(runner.folder, 'pid');
    const job = await runner.shell(`trap '' TERM; echo $$ > ${file}; while :; do sleep 0.1; done`, {
      maxRunTime: 'PT1S',
    });
    const pid = await numberIn(file);
    expect(await finalOf(runner.platform, job.name)).toMatchObject({ state: 'failed', reason: { code: 'timeout' } });
    expect(isRunning(pid)).toBe(false);
  });
});

describe('nothing is left behind', () => {
  test('a daemon that left the process group ends with the command', async () => {
    const file = join(runner.folder, 'daemon');
    const job = await runner.shell(`${daemon(file)} while [ ! -s ${file} ]; do sleep 0.02; done; ${leaveModel}`);
    expect((await finalOf(runner.platform, job.name)).state).toBe('succeeded');
    expect(isRunning(await numberIn(file))).toBe(false);
  });

  test('a background process that holds stdout does not hold the job', async () => {
    const job = await runner.shell(`sleep 1000 & ${leaveModel}`);
    expect((await finalOf(runner.platform, job.name)).state).toBe('succeeded');
  });

  test('stop ends the whole tree', async () => {
    const [child, daemonFile] = [join(runner.folder, 'child'), join(runner.folder, 'daemon')];
    const job = await runner.shell(`${daemon(daemonFile)} (echo $$ > ${child}; sleep 1000); true`);
    const pids = [await numberIn(child), await numberIn(daemonFile)];
    await runner.platform.stop(job.name);
    expect(await finalOf(runner.platform, job.name)).toMatchObject({ state: 'stopped', reason: { code: 'stopped' } });
    expect(pids.map(isRunning)).toEqual([false, false]);
  });
});
