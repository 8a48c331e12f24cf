import { exactly, type Metric } from './metric.ts';
import { type CellShare, cellShares, hasNoRows, isLumped } from './shares.ts';

/** Total variation: half of Σ|p − q| over the cells. Values that share a cell may differ by more than their sum does. */
export const totalVariation: Metric = (bins, reference, current) => {
  if (hasNoRows(reference, current)) return exactly(0);
  const shares = cellShares(reference, current);
  const value = Math.min(1, shares.reduce((sum, { p, q }) => sum + Math.abs(p - q), 0) / 2);
  const lumped = shares.filter(({ cell }) => isLumped(bins, cell));
  return {
    value,
    low: value,
    high: Math.min(
      1,
      lumped.reduce((sum, { p, q }) => sum + Math.min(p, q), value),
    ),
  };
};

const difference = ({ p, q }: CellShare): number => Math.abs(p - q);

/** L-infinity: the largest |p − q| of any cell. Values that share a cell count as one; the lower bound leaves them out. */
export const largestDifference: Metric = (bins, reference, current) => {
  if (hasNoRows(reference, current)) return exactly(0);
  const shares = cellShares(reference, current);
  const value = Math.max(...shares.map(difference));
  const [lumped, single] = [true, false].map((is) => shares.filter(({ cell }) => isLumped(bins, cell) === is));
  const low = Math.max(0, ...(single ?? []).map(difference));
  return { value, low, high: Math.max(value, ...(lumped ?? []).map(({ p, q }) => Math.max(p, q))) };
};

/** Jensen–Shannon distance: the root of the divergence in base 2, over the profile's cells. */
export const jensenShannon: Metric = (_bins, reference, current) => {
  if (hasNoRows(reference, current)) return exactly(0);
  const divergence = cellShares(reference, current).reduce((sum, { p, q }) => {
    const middle = (p + q) / 2;
    return sum + (surprise(p, middle) + surprise(q, middle)) / 2;
  }, 0);
  return exactly(Math.sqrt(Math.min(1, Math.max(0, divergence))));
};

const surprise = (p: number, middle: number): number => (p > 0 ? p * Math.log2(p / middle) : 0);
