import { renameSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { JobStatus } from '../domain/job.ts';
import { type Clock, isoTime } from '../kernel/clock.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { runCommand } from './local-command.ts';
import { stageChannel, stageSource } from './local-inputs.ts';
import { openLog } from './local-log.ts';
import { storeFolder } from './local-outputs.ts';
import { createOnce, RunFailure, type RunRecord, runFiles } from './local-runs.ts';
import { addMetric } from './metrics.ts';
import { smEnvironment } from './sm-environment.ts';

export type Attempt = {
  run: RunRecord;
  runFolder: string;
  number: number;
  /** The environment of this process: PATH and its like, and what `env:NAME` secrets refer to. */
  hostEnvironment: Record<string, string | undefined>;
  /** An entry of the command's environment that only this run has. */
  cookie: { name: string; value: string };
  store: () => Promise<ObjectStore>;
  clock: Clock;
  /** `stop` aborts everything; `deadline` everything but storing what a command that ended in time has written. */
  stop: AbortSignal;
  deadline: AbortSignal;
  graceMs: number;
};

/** One attempt from staging to stored outputs. Throws `RunFailure` or the reason of the signal that aborted it. */
export const runAttempt = async (attempt: Attempt): Promise<JobStatus> => {
  const { run, clock, stop } = attempt;
  const folders = await makeFolders(runFiles(attempt.runFolder).attempt(attempt.number));
  const channels = await stageInputs(attempt, folders);

  const startedAt = isoTime(clock.now());
  const metrics = await runWithOutput(attempt, folders, channels, startedAt);

  const model = `${run.outputs}model/`;
  const output = `${run.outputs}output/`;
  const modelFiles = await storeFolder(folders.model, model, attempt.store, stop);
  if (modelFiles === 0 && run.spec.kind === 'train')
    throw new RunFailure('no-model', 'The command ended well but left no file in SM_MODEL_DIR.');
  const outputFiles = await storeFolder(folders.output, output, attempt.store, stop);
  return {
    state: 'succeeded',
    startedAt,
    endedAt: isoTime(clock.now()),
    metrics,
    ...(modelFiles > 0 ? { model } : {}),
    ...(outputFiles > 0 ? { output } : {}),
  };
};

/** Returns the folder of each channel. */
const stageInputs = async (attempt: Attempt, folders: Folders): Promise<Record<string, string>> => {
  const { inputs, source } = attempt.run.spec;
  const signal = AbortSignal.any([attempt.stop, attempt.deadline]);
  const staging = { store: attempt.store, signal };
  const channels = Object.fromEntries(Object.keys(inputs).map((name) => [name, join(folders.data, name)]));
  try {
    for (const [name, places] of Object.entries(inputs)) await stageChannel(places, join(folders.data, name), staging);
    if (source !== undefined) await stageSource(source, folders.work, staging);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  return channels;
};

type Folders = Awaited<ReturnType<typeof makeFolders>>;

const makeFolders = async (attemptFolder: string) => {
  const folders = {
    data: join(attemptFolder, 'input', 'data'),
    model: join(attemptFolder, 'model'),
    output: join(attemptFolder, 'output', 'data'),
    work: join(attemptFolder, 'work'),
    temporary: join(attemptFolder, 'tmp'),
  };
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
  return folders;
};

/** Returns the last metrics; while the command runs they stand in `metrics.json`. */
const runWithOutput = async (
  attempt: Attempt,
  folders: Folders,
  channels: Record<string, string>,
  startedAt: string,
): Promise<Record<string, number>> => {
  const files = runFiles(attempt.runFolder);
  const secrets = secretsOf(attempt);
  const conceal = concealer(Object.values(secrets));
  const metrics = new Map<string, number>();
  const publish = metricsPublisher(files.metrics(attempt.number), metrics);
  const log = openLog(files.log);
  if (attempt.number > 1) log.write(`driftless: attempt ${attempt.number}`);
  const timer = setInterval(publish, 500);
  try {
    await runCommand({
      command: attempt.run.spec.command,
      folder: folders.work,
      environment: environmentOf(attempt, folders, channels, secrets),
      cookie: `${attempt.cookie.name}=${attempt.cookie.value}`,
      onStart: async () => {
        await createOnce(files.started, { startedAt });
      },
      onOutput: (stream, line) => {
        log.write(conceal(line));
        if (stream === 'stdout') addMetric(metrics, line);
      },
      signal: AbortSignal.any([attempt.stop, attempt.deadline]),
      graceMs: attempt.graceMs,
    });
  } catch (error) {
    if (!(error instanceof RunFailure)) throw error;
    throw new RunFailure(error.reason.code, conceal(error.reason.detail), error.reason.exitCode);
  } finally {
    clearInterval(timer);
    publish();
    log.close();
  }
  return Object.fromEntries(metrics);
};

const environmentOf = (
  attempt: Attempt,
  folders: Folders,
  channels: Record<string, string>,
  secrets: Record<string, string>,
) => {
  const { spec, name } = attempt.run;
  const kept = ['PATH', 'HOME', 'LANG'].flatMap((variable) => {
    const value = attempt.hostEnvironment[variable];
    return value === undefined ? [] : [[variable, value] as const];
  });
  const machine = { cpus: availableParallelism(), gpus: 0, hosts: ['localhost'], currentHost: 'localhost' };
  return {
    ...Object.fromEntries(kept),
    TMPDIR: folders.temporary,
    ...spec.environment,
    ...secrets,
    ...smEnvironment(
      spec.hyperparameters,
      { channels, modelDir: folders.model, outputDataDir: folders.output },
      machine,
    ),
    DRIFTLESS_JOB: name,
    [attempt.cookie.name]: attempt.cookie.value,
  };
};

/** Secrets are references `env:NAME` into the environment of the host. */
const secretsOf = ({ run, hostEnvironment }: Attempt): Record<string, string> =>
  Object.fromEntries(
    Object.entries(run.spec.secrets).map(([variable, reference]) => {
      const value = hostEnvironment[reference.replace(/^env:/, '')];
      if (value === undefined)
        throw new RunFailure('configuration', `The secret ${variable} refers to ${reference}, which is not set here.`);
      return [variable, value];
    }),
  );

const concealer = (secrets: string[]): ((text: string) => string) => {
  const longEnough = secrets.filter((secret) => secret.length >= 4);
  return (text) => longEnough.reduce((concealed, secret) => concealed.replaceAll(secret, '***'), text);
};

/** Writes the metrics when they have changed; a reader sees the old file or the new one. */
const metricsPublisher = (file: string, metrics: Map<string, number>): (() => void) => {
  let published = '{}';
  return () => {
    const current = JSON.stringify(Object.fromEntries(metrics));
    if (current === published) return;
    try {
      writeFileSync(`${file}.draft`, current);
      renameSync(`${file}.draft`, file);
      published = current;
    } catch {
      // A full disk ends nothing here: the result tells the metrics too.
    }
  };
};
