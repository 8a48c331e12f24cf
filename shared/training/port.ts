import type { JobSpec, JobStatus } from '../domain/job.ts';

/**
 * One ML platform in one account, region or workspace. Drivers keep these promises, and
 * `test/conformance/training.ts` checks them. `submit.ts` beside this file claims the job key and survives crashes
 * once for all of them, so a driver stays a translator.
 *
 * Errors: `unsupported`, `conflict` (the name is taken by another spec), `throttled`, `unavailable` (nothing is known),
 * `forbidden`, `refused`.
 */
export type TrainingPlatform = {
  /** `local`, `sagemaker`, … */
  readonly platform: string;

  /** Pure: the very request(s) that `submit` would send, or every field that the target cannot honour. */
  plan(job: PlannedJob): Plan;

  /**
   * Starts the job under its name. The same name and spec hash again, even at the same time, is one job at the vendor
   * and no error; the same name with another spec hash is `conflict`.
   */
  submit(job: PlannedJob): Promise<void>;

  /** The vendor's word on it, or null when the vendor does not know the name. */
  describe(name: string): Promise<VendorJob | null>;

  /** Asks the vendor to stop it; a job that has ended, or was never there, is no error. */
  stop(name: string): Promise<void>;

  /** What the command printed so far, oldest first, at most `limit` lines after the opaque `after`. */
  logs(name: string, options?: { after?: string; limit?: number }): Promise<LogPage>;
};

/** `name` is deterministic, `outputs` a key prefix ending in `/` under which the platform leaves what the job wrote. */
export type PlannedJob = { name: string; specHash: string; spec: JobSpec; outputs: string };

export type Plan = { requests: VendorRequest[] } | { unsupported: { field: string; reason: string }[] };
export type VendorRequest = { operation: string; body: unknown };
/** `specHash` as the vendor carries it in a tag: how a name conflict is told from a repetition. */
export type VendorJob = JobStatus & { specHash: string };
export type LogPage = { lines: string[]; next?: string };

/** The configured targets by name. Throws `not-found` for a name that is not configured. */
export type TrainingTargets = { platform(target: string): Promise<TrainingPlatform> };
