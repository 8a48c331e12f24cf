import { otherCell, unseenCell } from '../bins.ts';
import { allRows, presentRows } from '../counts.ts';
import { exactly, type Metric } from './metric.ts';
import { cellShares } from './shares.ts';

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** The share of the current rows that are null or NaN. What the reference had is for a check's null to know. */
export const missingRate: Metric = (_bins, _reference, current) => exactly(share(current.missing, allRows(current)));

/** The share of the current rows that hold no valid value: text where numbers belong, infinities. */
export const invalidRate: Metric = (_bins, _reference, current) => exactly(share(current.invalid, allRows(current)));

/**
 * The share of the current valid values that the reference does not hold. Numbers in an open cell in which the
 * reference has rows too may or may not be new: they count in the upper bound alone; so do rare categories where there
 * were too many to remember.
 */
export const unseenRate: Metric = (bins, reference, current) => {
  if (presentRows(current) === 0) return exactly(0);
  const shares = cellShares(reference, current);
  if (bins.kind === 'category') {
    const at = (cell: number): number => shares.find((own) => own.cell === cell)?.q ?? 0;
    const unseen = at(unseenCell(bins));
    return { value: unseen, low: unseen, high: Math.min(1, unseen + (bins.openEnded ? at(otherCell(bins)) : 0)) };
  }
  const sum = (of: typeof shares): number => of.reduce((total, { q }) => total + q, 0);
  const unseen = Math.min(1, sum(shares.filter(({ p }) => p === 0)));
  const doubtful = sum(shares.filter(({ cell, p }) => cell % 2 === 0 && p > 0));
  return { value: unseen, low: unseen, high: Math.min(1, unseen + doubtful) };
};
