import type { PerformanceSums } from './performance.ts';

/** `low` and `high` bound what the rows themselves would give, whatever rounding and cells did. */
export type Interval = { value: number; low: number; high: number };

/** Null where a metric is undefined: another task, no rows, no probabilities, labels of one class only. */
type Metric = (sums: PerformanceSums) => Interval | null;

const logLoss: Metric = (sums) => (sums.task === 'binary' ? microMean(sums.scores?.logLossMicro, sums.rows) : null);

const brier: Metric = (sums) => (sums.task === 'binary' ? microMean(sums.scores?.brierMicro, sums.rows) : null);

/**
 * The share of pairs of a positive and a negative row in which the positive one scored higher, ties counting half. In
 * a point cell ties are ties; in an open cell the order is unknown, and the bounds are all pairs right and all wrong.
 */
const auc: Metric = (sums) => {
  if (sums.task !== 'binary' || !sums.scores) return null;
  const { cells, negatives, positives } = sums.scores;
  let [below, won, tied, unknown] = [0n, 0n, 0n, 0n];
  for (const [index, cell] of cells.entries()) {
    const [negative, positive] = [BigInt(negatives[index] ?? 0), BigInt(positives[index] ?? 0)];
    won += positive * below;
    if (cell % 2 === 1) tied += positive * negative;
    else unknown += positive * negative;
    below += negative;
  }
  const pairs = below * positives.reduce((sum, count) => sum + BigInt(count), 0n);
  if (pairs === 0n) return null;
  const share = (twice: bigint): number => Number(twice) / Number(2n * pairs);
  const known = 2n * won + tied;
  return { value: share(known + unknown), low: share(known), high: share(known + 2n * unknown) };
};

const errorRate: Metric = (sums) => {
  if (sums.task === 'regression' || sums.rows === 0) return null;
  const errors = sums.task === 'binary' ? sums.falsePositives + sums.falseNegatives : sums.errors;
  const value = errors / sums.rows;
  return { value, low: value, high: value };
};

const mae: Metric = (sums) => {
  if (sums.task !== 'regression' || sums.rows === 0) return null;
  return within((Number(sums.absolute) / sums.rows) * sums.unit, sums.unit / 2);
};

/** By Minkowski's inequality half a unit on each row moves the root of the mean square by half a unit at most. */
const rmse: Metric = (sums) => {
  if (sums.task !== 'regression' || sums.rows === 0) return null;
  return within(Math.sqrt(Number(sums.squares) / sums.rows) * sums.unit, sums.unit / 2);
};

/** By name. Higher is worse for all but `auc`. */
export const performanceMetrics = {
  'log-loss': logLoss,
  brier,
  auc,
  'error-rate': errorRate,
  mae,
  rmse,
} as const satisfies Record<string, Metric>;

export type PerformanceMetric = keyof typeof performanceMetrics;

const microMean = (micro: number | undefined, rows: number): Interval | null =>
  micro === undefined || rows === 0 ? null : within(micro / 1e6 / rows, 0.5e-6);

const within = (value: number, slack: number): Interval => ({
  value,
  low: Math.max(0, value - slack),
  high: value + slack,
});
