import type { JobStatus } from '../../shared/domain/job.ts';
import { isFinal } from '../../shared/domain/job.ts';
import { isoTime } from '../../shared/kernel/clock.ts';
import { DriftlessError } from '../../shared/kernel/errors.ts';
import { listAll } from '../../shared/object-store/list-all.ts';
import type { ObjectStore } from '../../shared/object-store/port.ts';
import type { PlannedJob, TrainingPlatform } from '../../shared/training/port.ts';
import type { IoContext } from './process.ts';
import { modelBytes, predictionRows, qualityOf } from './rows.ts';

/** A job as the vendor has it. `endsAt`: when it ends; what it wrote is there a little before anyone can see the end. */
export type SimulatedJob = PlannedJob & {
  state: JobStatus['state'];
  startsAt: number;
  endsAt: number;
  shownAt: number;
  ending: 'succeeded' | 'failed' | 'stopped';
  wrote: boolean;
};

export type Vendor = {
  platform: TrainingPlatform;
  /** By name, in the order of their submission. */
  jobs: Map<string, SimulatedJob>;
  /** When something happens next by itself, or Infinity. */
  nextMoment(): number;
  /** Lets everything happen whose time has come. */
  advance(): Promise<void>;
};

type Context = IoContext & { store: ObjectStore; announce(key: string): Promise<void> };

const minute = 60_000;

/** A training platform with unique names and a hash check, on virtual time; it writes what a real one would. */
export const simulatedVendor = (context: Context): Vendor => {
  const { scheduler, random, faults } = context;
  const jobs = new Map<string, SimulatedJob>();
  const now = scheduler.clock.now;

  const submit = (job: PlannedJob): void => {
    if (job.spec.environment['REFUSE']) throw new DriftlessError('refused', 'Simulated: this account may not.');
    const known = jobs.get(job.name);
    if (known && known.specHash !== job.specHash)
      throw new DriftlessError('conflict', `The name ${job.name} is taken by another job.`);
    if (known) return;
    const startsAt = now() + random.below(minute);
    const stuck = faults.fires('job-stuck') ? random.below(4 * 60) * minute : 0;
    const endsAt = startsAt + stuck + random.below(20 * minute);
    const shownAt = now() + (faults.fires('vendor-hides-job') ? random.below(3 * minute) : 0);
    const ending = faults.fires('job-failed') ? 'failed' : 'succeeded';
    jobs.set(job.name, { ...job, state: 'pending', startsAt, endsAt, shownAt, ending, wrote: false });
  };

  const advanceOne = async (job: SimulatedJob): Promise<void> => {
    if (job.state === 'pending' && job.startsAt <= now()) job.state = 'running';
    if (isFinal(job.state) || job.endsAt > now()) return;
    if (job.ending === 'succeeded' && !job.wrote && !(await write(context, job))) job.ending = 'failed';
    job.wrote = true;
    if (job.endsAt + visibleAfter(job) <= now()) job.state = job.ending;
  };

  return {
    jobs,
    nextMoment: () =>
      Math.min(Number.POSITIVE_INFINITY, ...[...jobs.values()].filter(({ state }) => !isFinal(state)).map(momentOf)),
    advance: async () => {
      for (const job of jobs.values()) if (!isFinal(job.state) && momentOf(job) <= now()) await advanceOne(job);
    },
    platform: {
      platform: 'simulated',
      plan: ({ name, spec }) =>
        spec.resources.gpu
          ? { unsupported: [{ field: 'resources.gpu', reason: 'there is none here' }] }
          : { requests: [{ operation: 'submit', body: { name } }] },
      submit: async (job) => submit(job),
      describe: async (name) => {
        const job = jobs.get(name);
        return job && job.shownAt <= now() ? { ...statusOf(job), specHash: job.specHash } : null;
      },
      stop: async (name) => {
        const job = jobs.get(name);
        if (!job || isFinal(job.state) || job.wrote) return;
        Object.assign(job, {
          ending: 'stopped',
          endsAt: Math.min(job.endsAt, Math.max(job.startsAt, now()) + random.below(minute)),
        });
      },
      logs: async () => ({ lines: [] }),
    },
  };
};

/** The end shows up to a minute after the outputs do; its completion object can come first. */
const visibleAfter = ({ specHash }: SimulatedJob): number => ((specHash.codePointAt(0) ?? 0) % 2 === 0 ? 0 : minute);

const momentOf = (job: SimulatedJob): number => {
  if (job.state === 'pending') return job.startsAt;
  return job.wrote ? job.endsAt + visibleAfter(job) : job.endsAt;
};

const statusOf = (job: SimulatedJob): JobStatus => {
  const { state, outputs, startsAt, endsAt, ending } = job;
  if (state === 'pending') return { state, metrics: {} };
  const started = { state, metrics: {}, startedAt: isoTime(startsAt) };
  if (!isFinal(state)) return started;
  const ended = { ...started, endedAt: isoTime(endsAt), billableSeconds: Math.ceil((endsAt - startsAt) / 1000) };
  if (ending === 'failed') return { ...ended, reason: { code: 'exit-code', detail: 'Exit code 1.', exitCode: 1 } };
  if (ending === 'stopped') return { ...ended, reason: { code: 'stopped', detail: 'It was stopped.' } };
  return { ...ended, metrics: { loss: 0.5 }, model: `${outputs}model/`, output: `${outputs}output/` };
};

/**
 * What the job's command leaves, by way of the platform: a model, predictions, perhaps a completion object. False when
 * an input is not there any more.
 */
const write = async ({ store, random, faults, announce }: Context, job: SimulatedJob): Promise<boolean> => {
  const { outputs, spec } = job;
  const inputs = [spec.inputs['data'] ?? []].flat();
  for (const key of inputs) if (!(await store.head(key))) return false;
  if (!faults.fires('job-empty')) {
    if (spec.kind === 'train') await store.put(`${outputs}model/model.json`, trainedModel(job, random.chance(0.2)));
    if (spec.kind === 'batch') await store.put(`${outputs}output/predictions.jsonl`, await predictions(store, job));
  }
  if (random.chance(0.4)) {
    await store.put(`${outputs}completion.json`, '{}');
    await announce(`${outputs}completion.json`);
  }
  return true;
};

/** Two jobs can arrive at the very same bytes. */
const trainedModel = ({ specHash, name }: SimulatedJob, common: boolean): string => {
  const quality = 0.5 + Number.parseInt(specHash.slice(0, 2), 16) / 600;
  return common ? modelBytes(0.7, 'common') : modelBytes(quality, name);
};

const predictions = async (store: ObjectStore, { spec }: SimulatedJob): Promise<string> => {
  const [location = ''] = [spec.inputs['model']].flat();
  const [file] = location?.endsWith('/') ? await listAll(store, location) : [{ key: location }];
  const quality = qualityOf(await textAt(store, file?.key ?? ''));
  const files = [spec.inputs['data'] ?? []].flat();
  return (await Promise.all(files.map(async (key) => predictionRows(await textAt(store, key), quality)))).join('');
};

const textAt = async (store: ObjectStore, key: string): Promise<string> => {
  const found = await store.get(key);
  if (!found) throw new RangeError(`The simulated job needs ${key}, which is not there.`);
  return Buffer.from(found.body).toString();
};
