import { mkdir } from 'node:fs/promises';
import type { EndReason } from '../domain/job.ts';
import { type Clock, isoTime } from '../kernel/clock.ts';
import { isAlive, killProcesses } from './local-processes.ts';
import {
  createOnce,
  lastAttempt,
  Launched,
  Metrics,
  ProcessIdentity,
  readRecord,
  Result,
  type RunRecord,
  runFiles,
  Started,
} from './local-runs.ts';
import type { VendorJob } from './port.ts';

const maxAttempts = 3;
const stopped = { code: 'stopped', detail: 'The job was stopped on request.' } as const;
const lost = { code: 'lost', detail: `The run was lost ${maxAttempts} times: its supervisor died each time.` } as const;

export type Lifecycle = {
  clock: Clock;
  /** How long a spawned supervisor may take to show itself before its attempt counts as lost. */
  startGraceMs: number;
  spawnSupervisor: (attempt: number) => void;
};

/**
 * Does what is to be done next for a run that has not ended: start it, start it again, end it, or nothing. Any number of
 * processes may call it at once: each step is a file that is created once.
 */
export const advanceRun = async (runFolder: string, lifecycle: Lifecycle): Promise<void> => {
  const files = runFiles(runFolder);
  if (await hasEnded(runFolder)) return;
  const stopAsked = (await readRecord(files.stop, Launched)) !== null;
  const attempt = await lastAttempt(runFolder);
  const launched = attempt > 0 ? await readRecord(files.launched(attempt), Launched) : null;
  if (!launched)
    return stopAsked ? end(runFolder, stopped, lifecycle) : launch(runFolder, Math.max(1, attempt), lifecycle);

  // Whoever creates this file has the attempt. Pid 0 takes it from a supervisor that was never started, or is slow.
  const overdue = lifecycle.clock.now() - launched.at > lifecycle.startGraceMs;
  if (stopAsked || overdue) await createOnce(files.supervisor(attempt), { pid: 0, startTime: '' });
  const supervisor = await readRecord(files.supervisor(attempt), ProcessIdentity);
  if (!supervisor) return;
  if (await isAlive(supervisor)) {
    if (stopAsked) askToStop(supervisor);
    return;
  }
  if (await hasEnded(runFolder)) return; // it ended between the two looks
  if (stopAsked) return end(runFolder, stopped, lifecycle);
  return attempt < maxAttempts ? launch(runFolder, attempt + 1, lifecycle) : end(runFolder, lost, lifecycle);
};

/** How the run stands, from its files alone. */
export const readJob = async (runFolder: string, { specHash }: RunRecord): Promise<VendorJob> => {
  const files = runFiles(runFolder);
  const result = await readRecord(files.result, Result);
  if (result) return { ...result, specHash };
  const started = await readRecord(files.started, Started);
  const metrics = await readRecord(files.metrics(await lastAttempt(runFolder)), Metrics);
  return { state: started ? 'running' : 'pending', ...started, metrics: metrics ?? {}, specHash };
};

const hasEnded = async (runFolder: string): Promise<boolean> =>
  (await readRecord(runFiles(runFolder).result, Result)) !== null;

/** Starts attempt `attempt`, unless somebody has. */
export const launch = async (
  runFolder: string,
  attempt: number,
  { clock, spawnSupervisor }: Lifecycle,
): Promise<void> => {
  await mkdir(runFiles(runFolder).attempt(attempt), { recursive: true });
  const first = await createOnce(runFiles(runFolder).launched(attempt), { at: clock.now() });
  if (first) spawnSupervisor(attempt);
};

const end = async (runFolder: string, reason: EndReason, { clock }: Lifecycle): Promise<void> => {
  const files = runFiles(runFolder);
  await killProcesses({ cookie: `DRIFTLESS_RUN=${runFolder}` }, 0);
  const state = reason.code === 'stopped' ? 'stopped' : 'failed';
  const started = await readRecord(files.started, Started);
  await createOnce(files.result, { state, reason, ...started, endedAt: isoTime(clock.now()), metrics: {} });
};

const askToStop = ({ pid }: ProcessIdentity): void => {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has just ended; its result, or the next call, tells how.
  }
};
