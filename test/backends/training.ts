import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, globSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { JobSpec } from '../../shared/domain/job.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import { DriftlessError } from '../../shared/kernel/errors.ts';
import { digestOf, stableId, systemIds } from '../../shared/kernel/ids.ts';
import { localTrainingPlatform } from '../../shared/training/local.ts';
import type { PlannedJob, TrainingPlatform } from '../../shared/training/port.ts';
import { sageMakerTrainingPlatform } from '../../shared/training/sagemaker.ts';
import type { TrainingContext } from '../conformance/training.ts';
import { fakeSageMaker } from '../fakes/sagemaker.ts';

export type TrainingBackend = {
  name: string;
  /** Cases that the backend cannot pass, with the reason; a link where a vendor's words are the reason. */
  deviations: Record<string, { reason: string; link?: string }>;
  open: () => Promise<TrainingContext>;
};

/** A job under a name of its own; `outputs` and `specHash` as `submit.ts` makes them. */
export const plannedJob = (spec: Record<string, unknown>, key = systemIds.next()): PlannedJob => {
  const parsed = JobSpec.parse({ kind: 'train', command: ['true'], ...spec });
  return { name: stableId('m', key, '1'), specHash: digestOf(parsed), spec: parsed, outputs: `jobs/${key}/` };
};

const changedJob = (job: PlannedJob): PlannedJob => {
  const spec = { ...job.spec, hyperparameters: { ...job.spec.hyperparameters, epochs: 99 } };
  return { ...job, spec, specHash: digestOf(spec) };
};

const unobtainable = { gpu: { type: 'unobtainium', count: 1 } };

const scriptOf = (what: 'succeeds' | 'fails' | 'endless'): string =>
  ({
    succeeds: 'echo loss=0.5; echo loss=0.25; echo weights > "$SM_MODEL_DIR/model.txt"',
    fails: 'echo it broke >&2; exit 3',
    endless: 'sleep 1000',
  })[what];

/** Every run of a command leaves a line in `ran.txt`. */
const openLocal = async (): Promise<TrainingContext> => {
  const folder = mkdtempSync(join(tmpdir(), 'driftless-training-'));
  const ran = join(folder, 'ran.txt');
  const names: string[] = [];
  const real = localTrainingPlatform({
    runsDir: join(folder, 'runs'),
    storeUrl: `file:${join(folder, 'store')}`,
    clock: systemClock,
  });
  let lost = false;
  const platform: TrainingPlatform = {
    ...real,
    submit: async (job) => {
      await real.submit(job);
      if (lost) {
        lost = false;
        throw new DriftlessError('unavailable', 'The answer was lost.');
      }
    },
  };
  appendFileSync(ran, '');
  return {
    platform,
    job: (what) => {
      const script = `echo "$DRIFTLESS_JOB" >> "${ran}"; ${scriptOf(what === 'impossible' ? 'succeeds' : what)}`;
      const job = plannedJob({
        command: ['sh', '-c', script],
        ...(what === 'impossible' ? { resources: unobtainable } : {}),
      });
      names.push(job.name);
      return job;
    },
    changed: changedJob,
    vendorRuns: async () => readFileSync(ran, 'utf8').split('\n').filter(Boolean),
    vendorCalls: () => names.filter((name) => existsSync(join(folder, 'runs', name))).length,
    loseNextAnswer: () => {
      lost = true;
    },
    reportUnknownState: () => {
      throw new Error('The local runner has no states but its own.');
    },
    close: async () => {
      await closeLocal(platform, join(folder, 'runs'), names);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};

/** Stops what still runs and waits for every supervisor to leave, at most 10 seconds. */
export const closeLocal = async (platform: TrainingPlatform, runsDir: string, names: string[]): Promise<void> => {
  await Promise.all(names.map((name) => platform.stop(name)));
  const supervisors = names.flatMap((name) => globSync(join(runsDir, name, 'attempt-*', 'supervisor.json')));
  const pids = supervisors.map((file) => Number(/"pid": (\d+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? 0));
  for (const deadline = performance.now() + 10_000; pids.some(isRunning) && performance.now() < deadline; )
    await wait(20);
};

/** False for a zombie too: nobody may have reaped an orphan yet. */
export const isRunning = (pid: number): boolean => {
  if (pid === 0) return false;
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z');
  } catch {
    return false;
  }
};

export const sageMakerTarget = {
  roleArn: 'arn:aws:iam::123456789012:role/training',
  outputUrl: 's3://landing/driftless/',
};

/** `make` lets a broken platform take the driver's place. */
export const openSageMaker = async (
  make: (options: Parameters<typeof sageMakerTrainingPlatform>[0]) => TrainingPlatform = sageMakerTrainingPlatform,
): Promise<TrainingContext> => {
  const fake = fakeSageMaker();
  const words = { succeeds: 'succeed', fails: 'fail', endless: 'endless', impossible: 'succeed' };
  return {
    platform: make({ ...sageMakerTarget, client: fake.client }),
    job: (what) =>
      plannedJob({
        image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/train:1',
        command: [words[what], '--fast'],
        metrics: ['loss'],
        ...(what === 'impossible' ? { resources: unobtainable } : {}),
      }),
    changed: changedJob,
    vendorRuns: async () => fake.names(),
    vendorCalls: () => fake.calls.length,
    loseNextAnswer: () => fake.fail('CreateTrainingJob', 'InternalFailure', { applied: true, status: 500 }),
    reportUnknownState: (name) =>
      fake.script(name, [{ TrainingJobStatus: 'Hibernating', SecondaryStatus: 'Dreaming' }]),
    close: async () => {},
  };
};

export const trainingBackends: TrainingBackend[] = [
  {
    name: 'local',
    deviations: {
      'a state that nobody has heard of is running': {
        reason: 'The states of the local runner are read from its own files; there is no vendor to invent one.',
      },
    },
    open: openLocal,
  },
  { name: 'sagemaker (fake, real SDK)', deviations: {}, open: () => openSageMaker() },
];
