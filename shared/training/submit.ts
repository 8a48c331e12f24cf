import { jobIndex, jobOutputs, jobRecord, modelJobs } from '../domain/keys.ts';
import { isFinal, type JobSpec } from '../domain/job.ts';
import { Job } from '../domain/job-record.ts';
import type { EventPublisher } from '../event-bus/publish.ts';
import { type Clock, isoTime } from '../kernel/clock.ts';
import { DriftlessError, errorTable, isError } from '../kernel/errors.ts';
import { digestOf, type Ids, stableId } from '../kernel/ids.ts';
import { arm, guardTime } from '../object-store/due.ts';
import { descendingTime } from '../object-store/newest-first.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { createRecord, readRecord, updateRecord } from '../object-store/records.ts';
import type { PlannedJob, TrainingPlatform, TrainingTargets, VendorRequest } from './port.ts';

export type JobPorts = { store: ObjectStore; ids: Ids; clock: Clock; bus: EventPublisher; training: TrainingTargets };
export type JobRequest = { idempotencyKey: string; spec: JobSpec; retraining?: string | undefined };

export const jobId = (idempotencyKey: string): string => stableId('j', idempotencyKey);

/**
 * Accepts a job once for its key, however often and wherever it is asked for, and starts it. Its guard is armed before
 * anything else, so an accepted job reaches a final state even if this process dies at once. Throws `unsupported` with
 * every field that the target cannot honour (nothing is stored then), `conflict` when the key has another spec, and
 * what the platform says for good.
 */
export const submitJob = async (ports: JobPorts, request: JobRequest): Promise<Job> => {
  const job = newJob(request, isoTime(ports.clock.now()));
  const platform = await ports.training.platform(job.target);
  planOf(platform, job);
  await guardJob(ports, job.id);
  const accepted = (await createRecord(ports, jobRecord(job.id), Job, job)) ? job : await sameJob(ports, job);
  return startJob(ports, platform, accepted);
};

/**
 * The same for a job that another function waits for: one that can never start (its target is not configured, or cannot
 * honour it) is accepted as a failed job with the reason, and ends like any other.
 */
export const submitAwaitedJob = async (ports: JobPorts, request: JobRequest): Promise<Job> => {
  try {
    return await submitJob(ports, request);
  } catch (error) {
    if (!isError(error) || error.code === 'conflict' || errorTable[error.code].retry) throw error;
    const time = isoTime(ports.clock.now());
    const job = refusedJob(newJob(request, time), error, time);
    await guardJob(ports, job.id);
    const accepted = (await createRecord(ports, jobRecord(job.id), Job, job)) ? job : await sameJob(ports, job);
    await indexJob(ports, accepted);
    return accepted;
  }
};

const newJob = ({ idempotencyKey, spec, retraining }: JobRequest, createdAt: string): Job => {
  const id = jobId(idempotencyKey);
  return {
    id,
    idempotencyKey,
    target: jobTarget(spec),
    spec,
    specHash: digestOf(spec),
    vendorName: stableId('m', id, '1'),
    state: 'pending',
    reason: null,
    metrics: {},
    model: null,
    output: null,
    billableSeconds: null,
    version: null,
    retraining: retraining ?? null,
    stopRequested: false,
    createdAt,
    attemptedAt: null,
    submittedAt: null,
    startedAt: null,
    endedAt: null,
    settled: false,
  };
};

/** Where a job runs that names no target. */
export const jobTarget = (spec: JobSpec): string => spec.target ?? 'local';

/** The vendor's request(s) for a job; no call is made. Throws `unsupported` with every field that cannot be honoured. */
export const planJob = (platform: TrainingPlatform, request: JobRequest): { requests: VendorRequest[] } =>
  planOf(platform, newJob(request, isoTime(0)));

const planOf = (platform: TrainingPlatform, job: Job): { requests: VendorRequest[] } => {
  const plan = platform.plan(plannedJob(job));
  if (!('unsupported' in plan)) return plan;
  const faults = plan.unsupported.map(({ field, reason }) => ({ path: field, message: reason }));
  const list = faults.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new DriftlessError('unsupported', `The target ${job.target} cannot honour this job: ${list}.`, { faults });
};

export const plannedJob = (job: Pick<Job, 'id' | 'vendorName' | 'specHash' | 'spec'>): PlannedJob => ({
  name: job.vendorName,
  specHash: job.specHash,
  spec: job.spec,
  outputs: jobOutputs(job.id),
});

const guardJob = (ports: JobPorts, id: string): Promise<unknown> =>
  arm(ports, {
    kind: 'job',
    id,
    at: guardTime(ports.clock),
    record: jobRecord(id),
    event: { name: 'job.changed', subject: id, data: { job: id } },
  });

const sameJob = async ({ store }: JobPorts, job: Job): Promise<Job> => {
  const found = await readRecord(store, jobRecord(job.id), Job);
  if (!found)
    throw new DriftlessError('unavailable', `The job ${job.id} was written but cannot be read yet; try again.`);
  if (found.value.specHash === job.specHash) return found.value;
  throw new DriftlessError(
    'conflict',
    `The idempotency key ${JSON.stringify(job.idempotencyKey)} already stands for another job (${job.id}); use a new key for a new spec.`,
  );
};

/** Empty objects whose keys order jobs newest first. Idempotent. */
export const indexJob = async ({ store }: JobPorts, job: Job): Promise<void> => {
  const entry = `${descendingTime(Date.parse(job.createdAt))}-${job.id}`;
  await store.put(jobIndex + entry, '');
  if (job.spec.model) await store.put(modelJobs(job.spec.model) + entry, '');
};

/**
 * Hands an accepted job to its platform. What may pass (throttling, no answer) leaves it pending for `track-job`; what
 * is final makes the job `failed`. A stop that comes before the first attempt prevents it; one that comes later finds
 * a job to stop.
 */
export const startJob = async (ports: JobPorts, platform: TrainingPlatform, accepted: Job): Promise<Job> => {
  if (accepted.submittedAt !== null || isFinal(accepted.state)) return accepted;
  const time = isoTime(ports.clock.now());
  await indexJob(ports, accepted);
  const job = await changeJob(ports, accepted.id, (now) =>
    now.attemptedAt === null && !now.stopRequested ? { ...now, attemptedAt: time } : now,
  );
  if (job.attemptedAt === null) return job;
  try {
    await platform.submit(plannedJob(job));
  } catch (error) {
    if (!isError(error)) throw error;
    if (errorTable[error.code].retry) return job;
    return changeJob(ports, job.id, (now) => refusedJob(now, error, time));
  }
  const submitted = await changeJob(ports, job.id, (now) =>
    now.submittedAt === null ? { ...now, submittedAt: time } : now,
  );
  await ports.bus.publish([{ name: 'job.submitted', subject: job.id, data: jobFacts(submitted) }]);
  return submitted;
};

/** Compare-and-swap on a job that exists. */
export const changeJob = (ports: JobPorts, id: string, change: (job: Job) => Job): Promise<Job> =>
  updateRecord(ports, jobRecord(id), Job, (job) => job && change(job));

const refusedJob = (job: Job, error: DriftlessError, time: string): Job =>
  job.submittedAt !== null || isFinal(job.state)
    ? job
    : { ...job, state: 'failed', reason: { code: 'refused', detail: error.message }, endedAt: time };

export const jobFacts = ({ id, state, spec }: Job) => ({
  job: id,
  state,
  kind: spec.kind,
  ...(spec.model ? { model: spec.model } : {}),
});
