import { exactly, type Metric } from './metric.ts';
import { cellShares, hasNoRows } from './shares.ts';

/**
 * D = max|F − G|. At the edges both distribution functions are known, which gives the value and lower bound. Inside an
 * open cell F − G stays within [left − q, left + p], where left is its value at the cell's lower edge.
 */
export const ks: Metric = (bins, reference, current) => {
  if (bins.kind !== 'numeric' || hasNoRows(reference, current)) return exactly(0);
  const shares = cellShares(reference, current);
  const value = Math.max(...shares.map(({ upTo }) => Math.abs(upTo)));
  const open = shares.filter(({ cell }) => cell % 2 === 0);
  const high = Math.max(value, ...open.map(({ below, p, q }) => Math.max(below + p, q - below)));
  return { value, low: value, high: Math.min(1, high) };
};
