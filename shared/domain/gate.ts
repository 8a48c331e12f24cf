import jstat from 'jstat';
import * as z from 'zod';
import type { Manifest } from './model.ts';
import { Time } from './names.ts';

/** One scorer's loss in one window: the sum over rows, in millionths, so that it adds exactly. */
export const WindowLoss = z.strictObject({
  windowStart: Time,
  rows: z.int().positive(),
  logLossMicro: z.int().nonnegative(),
});
export type WindowLoss = z.infer<typeof WindowLoss>;

/** Everything that the gate saw, and what it made of it. Gains are in mean log loss; positive is better. */
export const GateResult = z.strictObject({
  passed: z.boolean(),
  why: z.string(),
  windows: z.int().nonnegative(),
  rows: z.int().nonnegative(),
  championLoss: z.number().nullable(),
  candidateLoss: z.number().nullable(),
  meanGain: z.number().nullable(),
  lowerGain: z.number().nullable(),
});
export type GateResult = z.infer<typeof GateResult>;

/**
 * Candidate against champion over the windows that both scored. Windows, not rows, are the exchangeable unit: the gain
 * of each is one observation, and the one-sided lower bound is Student's t over them. Passed when the bound is above
 * zero and the mean gain is at least `minGain`.
 */
export const compare = (
  champion: WindowLoss[],
  candidate: WindowLoss[],
  gate: Manifest['promote']['gate'],
): GateResult => {
  const pairs = paired(champion, candidate);
  const rows = pairs.reduce((sum, pair) => sum + pair.rows, 0);
  const facts = { windows: pairs.length, rows, ...meanLosses(pairs, rows) };
  if (pairs.length < gate.windows)
    return {
      ...facts,
      passed: false,
      why: `Only ${pairs.length} of ${gate.windows} windows could be compared on the same rows.`,
      meanGain: null,
      lowerGain: null,
    };
  const { mean, lower } = bound(
    pairs.map((pair) => pair.gain),
    gate.confidence,
  );
  const passed = lower > 0 && mean >= gate.minGain;
  return { ...facts, passed, why: reason(mean, lower, gate), meanGain: mean, lowerGain: lower };
};

type Pair = { rows: number; championMicro: number; candidateMicro: number; gain: number };

const paired = (champion: WindowLoss[], candidate: WindowLoss[]): Pair[] =>
  champion.flatMap((ours) => {
    const theirs = candidate.find((loss) => loss.windowStart === ours.windowStart && loss.rows === ours.rows);
    if (!theirs) return [];
    const gain = (ours.logLossMicro - theirs.logLossMicro) / 1e6 / ours.rows;
    return [{ rows: ours.rows, championMicro: ours.logLossMicro, candidateMicro: theirs.logLossMicro, gain }];
  });

const meanLosses = (pairs: Pair[], rows: number) => {
  const mean = (sum: number): number | null => (rows === 0 ? null : sum / 1e6 / rows);
  return {
    championLoss: mean(pairs.reduce((sum, pair) => sum + pair.championMicro, 0)),
    candidateLoss: mean(pairs.reduce((sum, pair) => sum + pair.candidateMicro, 0)),
  };
};

const bound = (gains: number[], confidence: number): { mean: number; lower: number } => {
  const n = gains.length;
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / n;
  const variance = gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / (n - 1);
  return { mean, lower: mean - jstat.studentt.inv(confidence, n - 1) * Math.sqrt(variance / n) };
};

const reason = (mean: number, lower: number, gate: Manifest['promote']['gate']): string => {
  const at = `mean gain ${mean.toFixed(4)} in log loss, at least ${lower.toFixed(4)} with ${gate.confidence * 100} % confidence`;
  if (lower <= 0) return `Not certainly better: ${at}.`;
  return mean < gate.minGain ? `Better, but by less than ${gate.minGain}: ${at}.` : `Better: ${at}.`;
};
