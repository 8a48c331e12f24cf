import jstat from 'jstat';
import type { Budget } from './budget.ts';
import { quantile } from './order.ts';
import type { Stratum } from './strata.ts';

const confidence = 0.9;
const tailShare = 0.2;
/** Where a tail may start: below it logarithms say nothing about the tail. */
const lowestStart = 0.5;

/**
 * How unusual a window must be, and more, to alarm: the `rank`-th most unusual window of history, raised to a tolerance
 * limit. The share of windows beyond that one is Beta(rank, k + 1 - rank): right on average over histories, but a user
 * has one history, and in one out of three it is more than stated. What the stated share holds with 90 % confidence
 * lies further out by a Pareto tail (Hill's estimate over the upper fifth), as windows have long tails: holidays,
 * storms. More history needs less of it. https://doi.org/10.1214/aos/1176343247
 */
export const unusualLimit = ({ unusual }: Stratum, { rank, sudden }: Pick<Budget, 'rank' | 'sudden'>): number => {
  const k = unusual.length;
  const step = Math.max(rank, 1);
  const ranked = unusual.at(-step);
  if (ranked === undefined) return 0;
  const start = Math.max(quantile(unusual, 1 - tailShare), lowestStart);
  const tail = unusual.filter((value) => value > start);
  if (ranked <= start) return ranked;
  const index = tail.reduce((sum, value) => sum + Math.log(value / start), 0) / Math.max(tail.length, 1);
  const beyond = jstat.beta.inv(confidence, step, k + 1 - step) / Math.max(sudden, 1 / (k + 1));
  return ranked * Math.max(1, beyond) ** index;
};

/**
 * What a rate must exceed besides: of `signals` rates that history may never have moved, one in 1/share is beyond its
 * binomial bound by chance. The normal tail is at most exp(-z²/2)/2.
 */
export const binomialLimit = ({ sudden }: Pick<Budget, 'sudden'>, signals: number): number =>
  Math.sqrt(2 * Math.log(Math.max(1, signals / (2 * Math.max(sudden, 1e-12)))));
