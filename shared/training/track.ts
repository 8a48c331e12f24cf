import { isFinal } from '../domain/job.ts';
import { advanceJob, Job } from '../domain/job-record.ts';
import { jobRecord } from '../domain/keys.ts';
import { isoTime } from '../kernel/clock.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { readRecord } from '../object-store/records.ts';
import { changeJob, indexJob, type JobPorts, jobFacts, startJob } from './submit.ts';

/**
 * Brings a job's record up to the platform's truth, and tells the world when it has ended. Idempotent: any event, poll
 * or person may call it at any time. Throws `not-found`.
 */
export const trackJob = async (ports: JobPorts, id: string): Promise<Job> => {
  const job = await findJob(ports, id);
  if (job.settled) return job;
  const current = isFinal(job.state) ? job : await askPlatform(ports, job);
  return isFinal(current.state) ? announce(ports, current) : current;
};

export const findJob = async ({ store }: Pick<JobPorts, 'store'>, id: string): Promise<Job> => {
  const found = await readRecord(store, jobRecord(id), Job);
  if (found) return found.value;
  throw new DriftlessError('not-found', `There is no job ${id}; \`driftless job list\` names them.`);
};

const askPlatform = async (ports: JobPorts, job: Job): Promise<Job> => {
  const now = isoTime(ports.clock.now());
  if (job.stopRequested && job.attemptedAt === null) return changeJob(ports, job.id, (latest) => neverRun(latest, now));
  const platform = await ports.training.platform(job.target);
  const started = await startJob(ports, platform, job);
  if (started.submittedAt === null) return started;
  if (started.stopRequested) await platform.stop(started.vendorName);
  const status = await platform.describe(started.vendorName);
  // The platform forgot a job that it was given: it is given it again, under the same name.
  if (!status)
    return changeJob(ports, job.id, (latest) => (isFinal(latest.state) ? latest : { ...latest, submittedAt: null }));
  return changeJob(ports, job.id, (latest) => advanceJob(latest, status, now));
};

/** Asks for the job's end. The answer is the record; the end itself comes when the platform has stopped it. */
export const stopJob = async (ports: JobPorts, id: string): Promise<Job> => {
  await findJob(ports, id);
  await changeJob(ports, id, (job) =>
    job.stopRequested || isFinal(job.state) ? job : { ...job, stopRequested: true },
  );
  return trackJob(ports, id);
};

const neverRun = (job: Job, now: string): Job =>
  job.attemptedAt !== null || isFinal(job.state)
    ? job
    : {
        ...job,
        state: 'stopped',
        reason: { code: 'stopped', detail: 'It was stopped before it started.' },
        endedAt: now,
      };

/** A job that ended before it was ever attempted is listed here at the latest. */
const announce = async (ports: JobPorts, job: Job): Promise<Job> => {
  if (job.attemptedAt === null) await indexJob(ports, job);
  const retraining = job.retraining === null ? {} : { retraining: job.retraining };
  await ports.bus.publish([{ name: 'job.finished', subject: job.id, data: { ...jobFacts(job), ...retraining } }]);
  return changeJob(ports, job.id, (latest) => (latest.settled ? latest : { ...latest, settled: true }));
};
