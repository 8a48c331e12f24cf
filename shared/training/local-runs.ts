import { link, open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { type EndReason, JobSpec, JobStatus } from '../domain/job.ts';
import { Time } from '../domain/names.ts';
import { systemIds } from '../kernel/ids.ts';

/**
 * A run is a folder that outlives every process; each fact in it is a file that is created once, by whoever is first:
 *
 *     run.json                     what to run
 *     stop                         somebody asked for its end
 *     started.json                 the command was started for the first time
 *     attempt-<k>/launched.json    a supervisor was spawned for attempt k
 *     attempt-<k>/supervisor.json  that supervisor lives (or nobody may take this attempt any more: pid 0)
 *     result.json                  how the run ended
 */
export const RunRecord = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  specHash: z.string(),
  spec: JobSpec,
  outputs: z.string(),
  storeUrl: z.string(),
  /** Where relative paths of the spec begin. */
  folder: z.string(),
});
export type RunRecord = z.infer<typeof RunRecord>;

/** A process, told from a later one with the same id by its start. Pid 0: an attempt that nobody may take. */
export const ProcessIdentity = z.strictObject({ pid: z.int(), startTime: z.string() });
export type ProcessIdentity = z.infer<typeof ProcessIdentity>;

export const Launched = z.strictObject({ at: z.number() });
export const Started = z.strictObject({ startedAt: Time });
export const Result = JobStatus;
export const Metrics = z.record(z.string(), z.number());

export const runFiles = (runFolder: string) => {
  const attempt = (number: number): string => join(runFolder, `attempt-${number}`);
  return {
    run: join(runFolder, 'run.json'),
    stop: join(runFolder, 'stop'),
    started: join(runFolder, 'started.json'),
    result: join(runFolder, 'result.json'),
    log: join(runFolder, 'log.txt'),
    attempt,
    launched: (number: number) => join(attempt(number), 'launched.json'),
    supervisor: (number: number) => join(attempt(number), 'supervisor.json'),
    supervisorLog: (number: number) => join(attempt(number), 'supervisor.log'),
    metrics: (number: number) => join(attempt(number), 'metrics.json'),
  };
};

/** The number of the last attempt, 0 before the first. */
export const lastAttempt = async (runFolder: string): Promise<number> => {
  const names = await readdir(runFolder);
  return Math.max(0, ...names.map((name) => Number(/^attempt-(\d+)$/.exec(name)?.[1] ?? 0)));
};

/**
 * Creates the file whole, or not at all when there is one: true for exactly one of any number of callers. Its folder
 * must be there, so that what is late cannot bring a removed run back.
 */
export const createOnce = async (file: string, value: unknown): Promise<boolean> => {
  const draft = `${file}.${systemIds.next()}.draft`;
  try {
    const handle = await open(draft, 'wx');
    try {
      await handle.writeFile(JSON.stringify(value, null, 2));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(draft, file);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft).catch(() => {});
  }
};

/** The value in one of the files above, or null when there is none. Throws `ZodError` for another program's file. */
export const readRecord = async <Value>(file: string, schema: z.ZodType<Value>): Promise<Value | null> => {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
};

/** `ENOENT`, `ENOSPC`, … of an operating system's error. */
export const systemErrorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Ends a run with its reason; only inside the supervisor. */
export class RunFailure extends Error {
  readonly reason: EndReason;

  constructor(code: EndReason['code'], detail: string, exitCode?: number) {
    super(detail);
    this.name = 'RunFailure';
    this.reason = { code, detail, ...(exitCode === undefined ? {} : { exitCode }) };
  }
}
