import * as z from 'zod';
import { Duration, Name, Time } from './names.ts';

/** A store key, a key prefix ending in `/`, or a URL; or a list of them. */
const Input = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

const Resources = z.strictObject({
  cpu: z.number().positive().optional(),
  memory: z
    .string()
    .regex(/^\d+(Mi|Gi)$/, 'must be a size such as 512Mi or 16Gi')
    .optional(),
  gpu: z.strictObject({ type: z.string().min(1), count: z.int().positive() }).optional(),
  nodes: z.int().positive().optional(),
});

/**
 * What to run, never where (DESIGN.md §6). `image` is a container image; `source` a folder or archive with the script.
 * `command` sees the `SM_*` contract. Metrics are its stdout lines `name=value`.
 */
export const JobSpec = z.strictObject({
  apiVersion: z.literal('driftless.dev/v1').default('driftless.dev/v1'),
  kind: z.enum(['process', 'train', 'tune', 'batch']),
  name: Name.optional(),
  /** The model that a `train` job's output becomes a version of. */
  model: Name.optional(),
  target: Name.optional(),
  image: z.string().min(1).optional(),
  source: z.string().min(1).optional(),
  command: z.array(z.string()).min(1),
  hyperparameters: z.record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()])).default({}),
  inputs: z
    .record(z.string().regex(/^[a-z][a-z0-9_-]*$/i, 'a channel name is letters, digits, - and _'), Input)
    .default({}),
  /** Names of the metrics, for platforms that keep only those that are declared; others keep whatever is printed. */
  metrics: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_.:/-]{0,63}$/, 'is not a metric name'))
    .max(40)
    .default([]),
  /** Lists of extra output folders are not portable; a job has a model folder and an output-data folder. */
  outputs: z.strictObject({ prefix: z.string().min(1) }).optional(),
  resources: Resources.default({}),
  spot: z.boolean().default(false),
  maxRunTime: Duration.default('P1D'),
  maxWaitTime: Duration.optional(),
  environment: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not an environment variable name'), z.string())
    .default({}),
  /** Environment variable → reference in the platform's secret store. Never a value. */
  secrets: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not an environment variable name'), z.string())
    .default({}),
});
export type JobSpec = z.infer<typeof JobSpec>;

export const JobState = z.enum(['pending', 'running', 'succeeded', 'failed', 'stopped']);
export type JobState = z.infer<typeof JobState>;

export const isFinal = (state: JobState): boolean => state === 'succeeded' || state === 'failed' || state === 'stopped';

/** Why a job ended as it did. `code` is one of ours on every platform; `detail` a sentence, possibly the vendor's. */
export const EndReason = z.strictObject({
  code: z.enum([
    'exit-code', // the command ended with another code than 0
    'signal', // the command was killed from outside
    'timeout', // maxRunTime or maxWaitTime passed
    'stopped', // somebody asked for it
    'no-model', // a train job ended well but left nothing in SM_MODEL_DIR
    'no-command', // the command could not be started
    'input', // an input could not be staged
    'output', // the outputs could not be stored (a full disk, say)
    'lost', // the platform lost it again and again
    'capacity',
    'quota',
    'configuration',
    'authentication',
    'refused', // the platform refused the request
    'unknown',
  ]),
  detail: z.string(),
  exitCode: z.int().optional(),
});
export type EndReason = z.infer<typeof EndReason>;

/** What a platform tells of one job. An unknown vendor state is `running`, never final. */
export const JobStatus = z.strictObject({
  state: JobState,
  reason: EndReason.optional(),
  startedAt: Time.optional(),
  endedAt: Time.optional(),
  metrics: z.record(z.string(), z.number()).default({}),
  /** Where the model is: a key prefix of the store ending in `/`, or a URL. */
  model: z.string().optional(),
  /** The same for SM_OUTPUT_DATA_DIR. */
  output: z.string().optional(),
  billableSeconds: z.int().nonnegative().optional(),
});
export type JobStatus = z.infer<typeof JobStatus>;
