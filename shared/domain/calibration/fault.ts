import type { SignalNull } from './baseline.ts';
import { ascending, countAtLeast, quantile } from './order.ts';

/** The expected share of columns named in error. */
const falseDiscoveryRate = 0.1;
const tailStart = 0.8;
const thinnestTail = 0.5;

/**
 * One signal's own p, for naming only: its rank in history, and beyond history an exponential tail of the mean excess
 * of its upper fifth, since ranks alone cannot tell twenty columns apart. Rates are at least as likely as the binomial
 * bound says.
 */
export const signalP = ({ kind, history }: SignalNull, z: number): number => {
  const k = history.length;
  const highest = history.at(-1) ?? 0;
  if (z <= highest) return (1 + countAtLeast(history, z)) / (k + 1);
  const start = quantile(history, tailStart);
  const above = history.filter((value) => value > start);
  const excess = above.reduce((sum, value) => sum + value - start, 0) / Math.max(above.length, 1);
  const tail = Math.exp(-(z - highest) / Math.max(excess, thinnestTail)) / (k + 1);
  return kind === 'rate' || kind === 'unvaried' ? Math.max(tail, Math.exp((-z * z) / 2) / 2) : tail;
};

/**
 * Benjamini and Hochberg: p at or below the answer are named; 0 names none.
 * https://doi.org/10.1111/j.2517-6161.1995.tb02031.x
 */
export const namingLimit = (ps: readonly number[]): number => {
  const sorted = ascending(ps);
  const last = sorted.findLastIndex((p, i) => p <= (falseDiscoveryRate * (i + 1)) / sorted.length);
  return sorted[last] ?? 0;
};
