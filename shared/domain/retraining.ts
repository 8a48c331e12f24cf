import * as z from 'zod';
import { isoTime } from '../kernel/clock.ts';
import { stableId } from '../kernel/ids.ts';
import { GateResult } from './gate.ts';
import { JobSpec, JobState } from './job.ts';
import type { Manifest } from './model.ts';
import { Digest, durationMs, Name, Time } from './names.ts';

const Candidate = z.strictObject({
  job: z.string(),
  spec: JobSpec,
  state: JobState,
  metrics: z.record(z.string(), z.number()),
  version: z.int().positive().nullable(),
  gate: GateResult.nullable(),
});

/** A retraining that happened, or one that did not and why. */
export const Retraining = z.strictObject({
  id: z.string(),
  model: Name,
  state: z.enum(['suppressed', 'training', 'scoring', 'finished']),
  reason: z.string(),
  /** What asked for it: a check's id, a request's idempotency key. */
  cause: z.string(),
  champion: z.int().positive().nullable(),
  policy: Digest,
  candidates: z.array(Candidate),
  /** The labelled windows on which champion and candidates are compared, and which no candidate was trained on. */
  holdout: z.strictObject({ windows: z.array(Time), data: z.array(z.string()), labels: z.array(z.string()) }),
  /** Prediction jobs of the judging, champion first. */
  predictions: z.array(z.strictObject({ version: z.int().positive(), job: z.string() })),
  decision: z.enum(['promoted', 'refused', 'pending-approval']).nullable(),
  why: z.string().nullable(),
  promoted: z.int().positive().nullable(),
  createdAt: Time,
  finishedAt: Time.nullable(),
  settled: z.boolean(),
});
export type Retraining = z.infer<typeof Retraining>;

const Run = z.strictObject({ id: z.string(), startedAt: Time });

/** The one lock of a model's retrainings: what runs, what was decided for which cause, and what the limits count. */
export const RetrainingLock = z.strictObject({
  open: Run.nullable(),
  /** The run before, until the next one starts: its last effects may still be under way. */
  last: Run.nullable(),
  /** Finished runs so far: part of the next run's id. */
  episode: z.int().nonnegative(),
  /** Triggers that came while a run was open; one fresh check follows it. */
  coalesced: z.int().nonnegative(),
  starts: z.array(Time),
  lastFinishedAt: Time.nullable(),
  runsWithoutGain: z.int().nonnegative(),
  /** The latest causes and what became of them, so that a cause delivered twice is decided once. */
  causes: z.array(z.strictObject({ cause: z.string(), at: Time, run: z.string().nullable(), why: z.string() })),
});
export type RetrainingLock = z.infer<typeof RetrainingLock>;

export const emptyLock: RetrainingLock = {
  open: null,
  last: null,
  episode: 0,
  coalesced: 0,
  starts: [],
  lastFinishedAt: null,
  runsWithoutGain: 0,
  causes: [],
};

export type Trigger = {
  model: string;
  champion: number | null;
  policy: string;
  cause: string;
  obstacle: string | null;
};
export type Retrain = NonNullable<Manifest['retrain']>;

const weekMs = 7 * 24 * 3600 * 1000;
const rememberedCauses = 200;

/**
 * The lock after a trigger, which it remembers by its cause: either with an open run for it, or with the reason why
 * there is none. Never two runs at a time, none within the cooldown, past the week's quota, or after too many runs
 * without gain. A cause that it knows changes nothing. Pure; `now` in milliseconds.
 */
export const admit = (
  lock: RetrainingLock,
  retrain: Retrain | undefined,
  trigger: Trigger,
  now: number,
): RetrainingLock => {
  if (lock.causes.some((known) => known.cause === trigger.cause)) return lock;
  const at = isoTime(now);
  const why = trigger.obstacle ?? (retrain ? obstacle(lock, retrain, now) : 'The manifest has no retrain section.');
  const remember = (run: string | null) =>
    [{ cause: trigger.cause, at, run, why: why ?? 'started' }, ...lock.causes].slice(0, rememberedCauses);
  if (why !== null) return { ...lock, coalesced: lock.coalesced + (lock.open ? 1 : 0), causes: remember(null) };
  const id = stableId('r', trigger.model, String(trigger.champion), trigger.policy, String(lock.episode));
  const starts = [...recentStarts(lock, now), at];
  return { ...lock, open: { id, startedAt: at }, starts, causes: remember(id) };
};

const recentStarts = (lock: RetrainingLock, now: number): string[] =>
  lock.starts.filter((start) => now - Date.parse(start) < weekMs);

const obstacle = (lock: RetrainingLock, retrain: Retrain, now: number): string | null => {
  if (lock.open) return `The run ${lock.open.id} is in progress; a fresh check follows it.`;
  if (lock.lastFinishedAt && now - Date.parse(lock.lastFinishedAt) < durationMs(retrain.cooldown))
    return `The last run ended at ${lock.lastFinishedAt}; the cooldown is ${retrain.cooldown}.`;
  if (recentStarts(lock, now).length >= retrain.maxPerWeek)
    return `There were ${retrain.maxPerWeek} runs within seven days, which is the most allowed.`;
  if (lock.runsWithoutGain >= retrain.stopAfterNoGain)
    return `The last ${lock.runsWithoutGain} runs brought no gain; roll back or change the model before the next.`;
  return null;
};

/** The lock after a run: free again, its outcome counted. */
export const release = (lock: RetrainingLock, id: string, promoted: boolean, time: string): RetrainingLock =>
  lock.open?.id === id
    ? {
        ...lock,
        open: null,
        last: lock.open,
        episode: lock.episode + 1,
        coalesced: 0,
        lastFinishedAt: time,
        runsWithoutGain: promoted ? 0 : lock.runsWithoutGain + 1,
      }
    : lock;
