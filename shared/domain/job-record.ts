import * as z from 'zod';
import { EndReason, isFinal, JobSpec, JobState, type JobStatus } from './job.ts';
import { Digest, Name, Time } from './names.ts';

/** One job, from its acceptance to its final state. */
export const Job = z.strictObject({
  id: z.string(),
  idempotencyKey: z.string(),
  target: Name,
  spec: JobSpec,
  specHash: Digest,
  /** The deterministic name at the vendor. */
  vendorName: z.string(),
  state: JobState,
  reason: EndReason.nullable(),
  metrics: z.record(z.string(), z.number()),
  model: z.string().nullable(),
  output: z.string().nullable(),
  billableSeconds: z.int().nonnegative().nullable(),
  /** The version that its model became. */
  version: z.int().positive().nullable(),
  retraining: z.string().nullable(),
  stopRequested: z.boolean(),
  createdAt: Time,
  /** Set before the platform is first asked: from then on, the job may exist there. */
  attemptedAt: Time.nullable(),
  submittedAt: Time.nullable(),
  startedAt: Time.nullable(),
  endedAt: Time.nullable(),
  /** Final, and everyone who waits for it has been told. */
  settled: z.boolean(),
});
export type Job = z.infer<typeof Job>;

const order: Record<JobState, number> = { pending: 0, running: 1, succeeded: 2, failed: 2, stopped: 2 };

/** The record after the platform's word: only ever forward, and never out of a final state. */
export const advanceJob = (job: Job, status: JobStatus, now: string): Job => {
  if (isFinal(job.state) || order[status.state] < order[job.state]) return job;
  const next: Job = {
    ...job,
    state: status.state,
    reason: status.reason ?? job.reason,
    metrics: { ...job.metrics, ...status.metrics },
    model: status.model ?? job.model,
    output: status.output ?? job.output,
    billableSeconds: status.billableSeconds ?? job.billableSeconds,
    startedAt: status.startedAt ?? job.startedAt,
    endedAt: status.endedAt ?? (isFinal(status.state) ? now : null),
  };
  return JSON.stringify(next) === JSON.stringify(job) ? job : next;
};
