/** Guards sums such as 0.07 · 100, which is more than 7. */
const rounding = 1e-9;

/** The share of the stated rate that is kept for slow shifts whenever history is long enough to divide it. */
const slowShare = 0.25;

/** How many calibration windows can speak at a rate at all: with k of them a check cannot go under 1 in k + 1. */
export const fewestWindows = (falseAlarmsPer100: number): number => Math.ceil(100 / falseAlarmsPer100 - rounding) - 1;

/**
 * Shares of checks that may alarm falsely; together at most the stated rate. A window can alarm at once only
 * when fewer than `rank` calibration windows are as unusual; `slowLimit` is what the slow rule's M must reach, null when nothing is
 * left for it.
 */
export type Budget = { rank: number; sudden: number; slow: number; slowLimit: number | null };

/**
 * Divides the stated rate. The sudden rule, and with it performance, which is one more signal of the same p, can only
 * take whole steps of 1/(k + 1): the most that leaves the slow rule a quarter of the rate, and at least one. The slow
 * rule takes the rest: an e-value CUSUM that alarms at 1/rate does so at most that often per check.
 * https://arxiv.org/abs/2203.03532
 */
export const divideRate = (falseAlarmsPer100: number, windows: number): Budget => {
  const stated = falseAlarmsPer100 / 100;
  const steps = (share: number): number => Math.floor(share * stated * (windows + 1) + rounding);
  const rank = steps(1 - slowShare) || steps(1);
  const sudden = rank / (windows + 1);
  const left = stated - sudden;
  return left > rounding
    ? { rank, sudden, slow: left, slowLimit: 1 / left }
    : { rank, sudden, slow: 0, slowLimit: null };
};
