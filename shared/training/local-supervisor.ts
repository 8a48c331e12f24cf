/**
 * The process that lives with one attempt of a local run: `node local-supervisor.ts <run folder> <attempt>`. It is an
 * entry of its own, so it reads the environment. It needs nobody: its host may die, it goes on and leaves `result.json`.
 */
import { existsSync } from 'node:fs';
import type { JobStatus } from '../domain/job.ts';
import { durationMs } from '../domain/names.ts';
import { isoTime, systemClock } from '../kernel/clock.ts';
import { systemIds } from '../kernel/ids.ts';
import { openObjectStore } from '../object-store/open.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { runAttempt } from './local-attempt.ts';
import { killProcesses, ownIdentity } from './local-processes.ts';
import { createOnce, Metrics, readRecord, RunFailure, RunRecord, runFiles, Started } from './local-runs.ts';

const graceMs = 5000;
const lookEveryMs = 100;

const supervise = async (runFolder: string, number: number): Promise<void> => {
  const files = runFiles(runFolder);
  // Heard before the claim is seen, so that whoever sees the claim can signal.
  const interruption = watchForInterruption(files.stop);
  if (!(await createOnce(files.supervisor(number), await ownIdentity()))) return;
  const run = await readRecord(files.run, RunRecord);
  if (!run) throw new Error(`There is no ${files.run}.`);
  process.chdir(run.folder);

  const cookie = { name: 'DRIFTLESS_RUN', value: runFolder };
  await killProcesses({ cookie: `${cookie.name}=${cookie.value}` }, 0); // what an attempt whose supervisor died has left
  interruption.endAfter(durationMs(run.spec.maxRunTime));
  const store = onceOnly(async () => openObjectStore(run.storeUrl, { clock: systemClock, ids: systemIds }));
  const attempt = {
    run,
    runFolder,
    number,
    hostEnvironment: process.env,
    cookie,
    store,
    clock: systemClock,
    stop: interruption.stop,
    deadline: interruption.deadline,
    graceMs,
  };
  const status = await runAttempt(attempt).catch(async (error: unknown) => failedStatus(error, run, files, number));
  if (status && (await createOnce(files.result, status))) await announce(run, status, await store());
};

/** Null: this machine is going down, or something failed that may go well in the next attempt. */
const failedStatus = async (
  error: unknown,
  run: RunRecord,
  files: ReturnType<typeof runFiles>,
  number: number,
): Promise<JobStatus | null> => {
  const ended: Pick<JobStatus, 'endedAt' | 'metrics' | 'startedAt'> = {
    ...(await readRecord(files.started, Started)),
    endedAt: isoTime(systemClock.now()),
    metrics: (await readRecord(files.metrics(number), Metrics)) ?? {},
  };
  if (error === 'stopped') return stoppedStatus(ended);
  if (error === 'timeout') {
    const detail = `The command did not end within maxRunTime, ${run.spec.maxRunTime}.`;
    return { state: 'failed', reason: { code: 'timeout', detail }, ...ended };
  }
  if (error instanceof RunFailure) return { state: 'failed', reason: error.reason, ...ended };
  console.error(error);
  return null;
};

const stoppedStatus = (ended: Pick<JobStatus, 'endedAt' | 'metrics' | 'startedAt'>): JobStatus => ({
  state: 'stopped',
  reason: { code: 'stopped', detail: 'The job was stopped on request.' },
  ...ended,
});

/** The store's notification of this object tells the end to who does not poll. */
const announce = async (run: RunRecord, { state }: JobStatus, store: ObjectStore): Promise<void> => {
  const body = JSON.stringify({ name: run.name, specHash: run.specHash, state });
  await store.put(`${run.outputs}completion.json`, body, { contentType: 'application/json' });
};

/** A stop marker, a signal and the time limit become two abort signals; reasons: `stopped`, `shutdown`, `timeout`. */
const watchForInterruption = (stopFile: string) => {
  const stop = new AbortController();
  const deadline = new AbortController();
  let endsAt = Infinity;
  // Looking, not one long timer: timers hold at most 24.8 days, and a marker must do where signals do not.
  const timer = setInterval(() => {
    if (existsSync(stopFile)) stop.abort('stopped');
    if (performance.now() >= endsAt) deadline.abort('timeout');
  }, lookEveryMs);
  timer.unref();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => stop.abort(existsSync(stopFile) ? 'stopped' : 'shutdown'));
  return {
    stop: stop.signal,
    deadline: deadline.signal,
    endAfter: (milliseconds: number) => {
      if (existsSync(stopFile)) stop.abort('stopped');
      endsAt = performance.now() + milliseconds;
    },
  };
};

const onceOnly = <Value>(open: () => Promise<Value>): (() => Promise<Value>) => {
  let opened: Promise<Value> | undefined;
  return () => (opened ??= open());
};

const [runFolder = '', number = ''] = process.argv.slice(2);
await supervise(runFolder, Number(number));
process.exit(); // whatever a store's client still holds open
