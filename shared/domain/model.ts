import * as z from 'zod';
import { JobSpec } from './job.ts';
import { Digest, Duration, Name, Time } from './names.ts';

const Feature = z.union([
  z.string().min(1),
  z.strictObject({ name: z.string().min(1), type: z.enum(['numeric', 'category', 'boolean', 'timestamp']) }),
]);

const Data = z.strictObject({
  timestamp: z.string().min(1),
  predictionId: z.string().min(1),
  features: z.array(Feature).min(1),
  score: z.string().min(1).optional(),
  prediction: z.string().min(1).optional(),
  label: z.string().min(1).optional(),
  groups: z.array(z.string().min(1)).default([]),
});

const Monitor = z.strictObject({
  /** One verdict for each closed window. */
  window: Duration.default('P1D'),
  season: z.enum(['none', 'hour-of-day', 'day-of-week', 'hour-of-week']).default('none'),
  /** The rate is the input; thresholds follow from history. */
  falseAlarmsPer100: z.number().gt(0).lt(100).default(5),
  minEffect: z.number().nonnegative().default(0),
});

const template = JobSpec.omit({ apiVersion: true, model: true });
const Train = template.extend({ kind: z.literal('train').default('train') });
const Predict = template.extend({ kind: z.literal('batch').default('batch') });

const Candidate = z.strictObject({
  target: Name.optional(),
  hyperparameters: JobSpec.shape.hyperparameters,
});

const Retrain = z.strictObject({
  on: z.array(z.enum(['drift', 'performance', 'alarm', 'schedule', 'new-data'])).default(['drift']),
  /** One job each. */
  candidates: z
    .array(Candidate)
    .min(1)
    .max(20)
    .default([{ hyperparameters: {} }]),
  failover: z.array(Name).default([]),
  cooldown: Duration.default('PT6H'),
  maxPerWeek: z.int().positive().default(4),
  budget: z.strictObject({ usd: z.number().positive(), per: z.enum(['day', 'week', 'month']) }).optional(),
  stopAfterNoGain: z.int().positive().default(3),
});

const Gate = z.strictObject({
  metric: z.enum(['log-loss']).default('log-loss'),
  /** How many of the most recent labelled windows candidates and champion are compared on. */
  windows: z.int().min(2).max(366).default(14),
  confidence: z.number().gt(0.5).lt(1).default(0.9),
  minGain: z.number().nonnegative().default(0.001),
  slices: z
    .strictObject({ by: z.string().min(1), minRows: z.int().positive(), maxLoss: z.number().nonnegative() })
    .optional(),
});

const Promote = z.strictObject({
  gate: Gate.prefault({}),
  approval: z.enum(['automatic', 'manual']).default('automatic'),
});

const Deployment = z.strictObject({
  target: Name,
  canary: z
    .strictObject({
      percent: z.int().min(1).max(100),
      bake: Duration,
      rollbackOn: z.array(z.enum(['errorRate', 'latency', 'drift'])).default([]),
    })
    .optional(),
});

/** What `driftless apply` declares (DESIGN.md §6). */
export const Manifest = z.strictObject({
  apiVersion: z.literal('driftless.dev/v1'),
  model: Name,
  task: z.enum(['binary', 'multiclass', 'regression', 'none']),
  data: Data,
  monitor: Monitor.prefault({}),
  train: Train.optional(),
  predict: Predict.optional(),
  retrain: Retrain.optional(),
  promote: Promote.prefault({}),
  deploy: z.array(Deployment).default([]),
});
export type Manifest = z.infer<typeof Manifest>;

/**
 * `policy` is the digest of the manifest: a check or a retraining names the very policy it acted under. Both are null
 * for a model that was put in the bucket and not declared yet.
 */
export const Model = z.strictObject({
  name: Name,
  manifest: Manifest.nullable(),
  policy: Digest.nullable(),
  createdAt: Time,
  updatedAt: Time,
});
export type Model = z.infer<typeof Model>;
