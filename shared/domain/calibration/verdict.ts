import * as z from 'zod';

const Size = z.number();

const SignalVerdict = z.strictObject({
  name: z.string(),
  metric: z.string(),
  score: Size,
  /** What this season and window size do by themselves. */
  usual: Size,
  /** The score beyond which this signal alone would have been called drift. */
  limit: Size,
  /** This signal's own p, before the many signals are accounted for. */
  p: z.number(),
  atFault: z.boolean(),
});
export type SignalVerdict = z.infer<typeof SignalVerdict>;

export const CalibratedVerdict = z.strictObject({
  verdict: z.enum(['drift', 'no-drift', 'not-enough-data']),
  reason: z.enum(['sudden-shift', 'slow-shift', 'performance']).nullable(),
  /** Share of no-drift checks at least as unusual as this one; null without a verdict, and for a slow shift. */
  p: z.number().nullable(),
  /** Evidence of a slow shift so far; null without a verdict. */
  m: z.number().nullable(),
  /** By how much the signal that decides exceeds its usual score, in its own unit. */
  effect: z.number().nullable(),
  rows: z.int().nonnegative(),
  /** Which windows of history it was compared with: their season class, how many set the limit, and of which sizes. */
  compared: z.strictObject({
    seasonClass: z.string(),
    windows: z.int().nonnegative(),
    rows: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
  }),
  /** False alarms per 100 checks: what the policy states, and what each rule may take of it. */
  falseAlarmsPer100: z.strictObject({ stated: z.number(), sudden: z.number(), slow: z.number() }),
  /** The most unusual first. */
  columns: z.array(SignalVerdict),
  /** Columns that were not compared, by name. */
  leftOut: z.array(z.string()),
  /** How many more windows of history the stated rate takes. */
  missingWindows: z.int().nonnegative(),
  /** The smallest shift that could have been seen; null when there is nothing to measure by. */
  detectable: z.strictObject({ name: z.string(), metric: z.string(), shift: z.number() }).nullable(),
  sentence: z.string(),
});
export type CalibratedVerdict = z.infer<typeof CalibratedVerdict>;
