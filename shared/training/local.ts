import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../kernel/clock.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { type Machine, unsupportedLocally } from './local-plan.ts';
import { readLog } from './local-log.ts';
import { advanceRun, launch, type Lifecycle, readJob } from './local-lifecycle.ts';
import { createOnce, readRecord, Result, RunRecord, runFiles, systemErrorCode } from './local-runs.ts';
import type { Plan, PlannedJob, TrainingPlatform } from './port.ts';

export type LocalOptions = {
  /** A folder on a disk of this machine, not shared with another: liveness is told by process ids. */
  runsDir: string;
  storeUrl: string;
  clock: Clock;
  /** Where relative paths of specs and of the store's URL begin. */
  folder?: string;
  supervisorPath?: string;
  machine?: Machine;
  /** How long a spawned supervisor may take to show itself before its attempt counts as lost. */
  startGraceMs?: number;
};

const supervisorBeside = (): string => fileURLToPath(new URL('./local-supervisor.ts', import.meta.url));

/**
 * Jobs as processes of this machine, each under a supervisor that outlives its host. State is the run's folder
 * (`local-runs.ts`), so any instance, in any process, can go on with what another one began: `submit`, `describe` and
 * `stop` all first look whether the run's supervisor lives and start the next attempt when it does not.
 */
export const localTrainingPlatform = (options: LocalOptions): TrainingPlatform => {
  const { clock, storeUrl, startGraceMs = 30_000 } = options;
  const runsDir = resolve(options.runsDir);
  const folder = options.folder ?? process.cwd();
  const supervisorPath = options.supervisorPath ?? supervisorBeside();
  const machine = options.machine ?? { cpus: availableParallelism(), memoryBytes: totalmem() };
  const runFolderOf = (name: string): string => join(runsDir, checkedName(name));

  const plan = ({ name, specHash, spec, outputs }: PlannedJob): Plan => {
    const unsupported = unsupportedLocally(spec, machine);
    const body: RunRecord = { format: 1, name, specHash, spec, outputs, storeUrl, folder };
    return unsupported.length > 0 ? { unsupported } : { requests: [{ operation: 'run', body }] };
  };

  const lifecycleOf = (runFolder: string): Lifecycle => ({
    clock,
    startGraceMs,
    spawnSupervisor: (attempt) => spawnSupervisor(supervisorPath, runFolder, attempt),
  });

  return {
    platform: 'local',
    plan,
    submit: async (job) => {
      const planned = plan(job);
      if ('unsupported' in planned) throw unsupportedError(job.name, planned.unsupported);
      const runFolder = runFolderOf(job.name);
      await onDisk(async () => {
        await mkdir(runFolder, { recursive: true });
        const isNew = await createOnce(runFiles(runFolder).run, planned.requests[0]?.body);
        if (isNew) return launch(runFolder, 1, lifecycleOf(runFolder));
        const existing = await readRecord(runFiles(runFolder).run, RunRecord);
        if (existing?.specHash !== job.specHash) throw nameTaken(job.name);
        return advanceRun(runFolder, lifecycleOf(runFolder));
      });
    },
    describe: (name) =>
      onDisk(async () => {
        const runFolder = runFolderOf(name);
        const run = await readRecord(runFiles(runFolder).run, RunRecord);
        if (!run) return null;
        await advanceRun(runFolder, lifecycleOf(runFolder));
        return readJob(runFolder, run);
      }),
    stop: (name) =>
      onDisk(async () => {
        const runFolder = runFolderOf(name);
        const files = runFiles(runFolder);
        if (!(await readRecord(files.run, RunRecord)) || (await readRecord(files.result, Result))) return;
        await createOnce(files.stop, { at: clock.now() });
        await advanceRun(runFolder, lifecycleOf(runFolder));
      }),
    logs: (name, { after = '0', limit = 1000 } = {}) =>
      onDisk(() => {
        if (!/^\d{1,15}$/.test(after))
          throw new DriftlessError('invalid-input', `There is no log page after ${after}.`);
        return readLog(runFiles(runFolderOf(name)).log, Number(after), limit);
      }),
  };
};

const spawnSupervisor = (supervisorPath: string, runFolder: string, attempt: number): void => {
  const log = openSync(runFiles(runFolder).supervisorLog(attempt), 'a');
  const programArguments = ['--disable-warning=ExperimentalWarning', supervisorPath, runFolder, String(attempt)];
  const child = spawn(process.execPath, programArguments, { detached: true, stdio: ['ignore', log, log] });
  // A supervisor that could not be started never claims its attempt, which then counts as lost.
  child.on('error', () => {});
  child.unref();
  closeSync(log);
};

/** The name becomes a folder's name. */
const checkedName = (name: string): string => {
  if (/^[A-Za-z0-9](-*[A-Za-z0-9]){0,62}$/.test(name)) return name;
  throw new DriftlessError(
    'invalid-input',
    `A job's name has 1 to 63 letters, digits and -; ${JSON.stringify(name)} is none.`,
  );
};

const nameTaken = (name: string): DriftlessError =>
  new DriftlessError('conflict', `The local runner has a job ${name} with another spec. Submit under another key.`);

const unsupportedError = (name: string, unsupported: { field: string; reason: string }[]): DriftlessError =>
  new DriftlessError('unsupported', `The local runner cannot run ${name} as it is; see the faults.`, {
    faults: unsupported.map(({ field, reason }) => ({ path: field, message: reason })),
  });

/** An error of the operating system is `unavailable`: a full or failing disk may be well again later. */
const onDisk = async <Value>(work: () => Promise<Value>): Promise<Value> => {
  try {
    return await work();
  } catch (error) {
    const code = systemErrorCode(error);
    if (error instanceof DriftlessError || code === undefined) throw error;
    throw new DriftlessError('unavailable', `The local runner's folder cannot be used (${code}).`, { cause: error });
  }
};
