import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localTrainingPlatform } from '../shared/training/local.ts';
import { isRunning, plannedJob } from './backends/training.ts';
import { eventually, finalOf, openRunner, type Runner } from './training-local-runner.ts';

let runner: Runner;
beforeEach(async () => {
  runner = await openRunner();
});
afterEach(() => runner.close());

const leaveModel = 'echo weights > "$SM_MODEL_DIR/model.txt"';
const modulePath = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const numberIn = (file: string) =>
  eventually(file, () => (existsSync(file) && Number(readFileSync(file, 'utf8'))) || null);

const supervisorOf = (name: string, attempt: number): Promise<number> =>
  eventually('supervisor', () => {
    const file = join(runner.runFolder(name), `attempt-${attempt}`, 'supervisor.json');
    return existsSync(file) ? Number(/"pid": (\d+)/.exec(readFileSync(file, 'utf8'))?.[1]) : null;
  });

const attemptsOf = async (name: string): Promise<number> =>
  (await readdir(runner.runFolder(name))).filter((file) => file.startsWith('attempt-')).length;

/** Its first run never ends by itself; every later one does. Leaves its process id and a line in `ran`. */
const endlessOnce = (folder: string) =>
  `echo $$ > ${join(folder, 'pid')}; echo run >> ${join(folder, 'ran')}; echo old > "$SM_MODEL_DIR/attempt-$(wc -l < ${join(folder, 'ran')})"
   if [ $(wc -l < ${join(folder, 'ran')}) -lt 2 ]; then sleep 1000; fi`;

test('a job survives the kill -9 of its host, and another process takes it over', async () => {
  const { folder, options, platform } = runner;
  const job = plannedJob({
    command: ['sh', '-c', `while [ ! -e ${join(folder, 'go')} ]; do sleep 0.05; done; ${leaveModel}`],
  });
  const program = `
    import { localTrainingPlatform } from ${JSON.stringify(modulePath('../shared/training/local.ts'))};
    import { systemClock } from ${JSON.stringify(modulePath('../shared/kernel/clock.ts'))};
    const platform = localTrainingPlatform({ ...${JSON.stringify(options)}, clock: systemClock });
    await platform.submit(${JSON.stringify(job)});
    console.log('submitted');
    setInterval(() => {}, 1000);`;
  const host = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => host.stdout.once('data', resolve));
  host.kill('SIGKILL');

  await eventually('running job', async () => ((await platform.describe(job.name))?.state === 'running' ? true : null));
  await runner.platform.submit(job);
  writeFileSync(join(folder, 'go'), '');
  expect(await finalOf(platform, job.name)).toMatchObject({ state: 'succeeded', model: `${job.outputs}model/` });
  expect(await attemptsOf(job.name)).toBe(1);
});

test('when supervisor and command are killed, the job runs again under its key with one result', async () => {
  const { folder, shell, platform, store } = runner;
  const job = await shell(endlessOnce(folder));
  const command = await numberIn(join(folder, 'pid'));
  await store.put(`${job.outputs}model/half-stored`, 'by the first attempt');
  process.kill(await supervisorOf(job.name, 1), 'SIGKILL');
  process.kill(command, 'SIGKILL');
  const others = Array.from({ length: 4 }, () => localTrainingPlatform(runner.options));
  const ends = await Promise.all([platform, ...others].map((one) => finalOf(one, job.name)));
  expect(new Set(ends.map((end) => JSON.stringify(end))).size).toBe(1);
  expect(ends[0]?.state).toBe('succeeded');
  expect(readFileSync(join(folder, 'ran'), 'utf8')).toBe('run\nrun\n');
  const { items } = await store.list(`${job.outputs}model/`);
  expect(items.map(({ key }) => key)).toEqual([`${job.outputs}model/attempt-2`]);
});

test('when only the supervisor is killed, what it left running is ended before the next attempt', async () => {
  const { folder, shell, platform } = runner;
  const job = await shell(endlessOnce(folder));
  const orphan = await numberIn(join(folder, 'pid'));
  process.kill(await supervisorOf(job.name, 1), 'SIGKILL');
  expect((await finalOf(platform, job.name)).state).toBe('succeeded');
  expect(isRunning(orphan)).toBe(false);
});

test('a supervisor that the system ends, unasked, loses its attempt but not the job', async () => {
  const { folder, shell, platform } = runner;
  const job = await shell(endlessOnce(folder));
  await numberIn(join(folder, 'pid'));
  process.kill(await supervisorOf(job.name, 1), 'SIGTERM');
  expect((await finalOf(platform, job.name)).state).toBe('succeeded');
  expect(await attemptsOf(job.name)).toBe(2);
});

test('of two supervisors of one attempt, the second leaves', async () => {
  const { folder, shell, platform } = runner;
  const [ran, go] = [join(folder, 'ran'), join(folder, 'go')];
  const job = await shell(`echo run >> ${ran}; while [ ! -e ${go} ]; do sleep 0.05; done; ${leaveModel}`);
  await eventually('run', () => (existsSync(ran) ? true : null));
  const supervisor = modulePath('../shared/training/local-supervisor.ts');
  const second = spawn(process.execPath, [supervisor, runner.runFolder(job.name), '1']);
  expect(await eventually('exit', () => second.exitCode)).toBe(0);
  writeFileSync(go, '');
  expect((await finalOf(platform, job.name)).state).toBe('succeeded');
  expect(readFileSync(ran, 'utf8')).toBe('run\n');
});

test('a job whose supervisor never shows itself is lost after three attempts', async () => {
  const broken = await openRunner({ supervisorPath: join(runner.folder, 'nothing.ts'), startGraceMs: 50 });
  const job = await broken.shell(leaveModel);
  expect(await finalOf(broken.platform, job.name)).toMatchObject({ state: 'failed', reason: { code: 'lost' } });
  await broken.close();
});

test('a job that is stopped before its supervisor shows itself never runs', async () => {
  const slow = await openRunner({ supervisorPath: join(runner.folder, 'nothing.ts') });
  const job = await slow.shell(leaveModel);
  expect((await slow.platform.describe(job.name))?.state).toBe('pending');
  await slow.platform.stop(job.name);
  expect(await slow.platform.describe(job.name)).toMatchObject({ state: 'stopped', reason: { code: 'stopped' } });
  await slow.close();
});
