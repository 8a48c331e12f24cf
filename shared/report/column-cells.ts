import {
  type ColumnBins,
  type CategoryBins,
  largestNumber,
  type NumericBins,
  otherCell,
  unseenCell,
} from '../domain/bins.ts';
import { allRows, type ColumnCounts, noCounts } from '../domain/counts.ts';
import { ladderOf } from '../domain/ladder.ts';

/** Shares of rows, 0 to 1: `before` in the reference, `now` in the window. */
export type Shares = { before: number; now: number };
export type CategoryCell = { label: string } & Shares;
/** Values low < x ≤ high, or the one value that both are; null is without end. */
export type NumericCell = { low: number | null; high: number | null } & Shares;

export type ColumnCells =
  /** `whole`: all values learnt are integers, so bounds lie half-way between them. */
  | { kind: 'numeric'; whole: boolean; cells: NumericCell[]; missing: Shares }
  | { kind: 'category'; cells: CategoryCell[]; missing: Shares };

/** The only place of the report that knows how profiles count. Only cells that hold rows; `missing`: no valid value. */
export const cellsOf = (
  bins: ColumnBins | undefined,
  before: ColumnCounts = noCounts(),
  now: ColumnCounts = noCounts(),
): ColumnCells => {
  const [then, later] = [sharesByCell(before), sharesByCell(now)];
  const occupied = [...new Set([...before.cells, ...now.cells])]
    .toSorted((a, b) => a - b)
    .map((cell) => ({ cell, shares: { before: then.get(cell) ?? 0, now: later.get(cell) ?? 0 } }));
  const missing = { before: missingShare(before), now: missingShare(now) };
  if (bins?.kind === 'numeric') {
    const whole = bins.edges.every(Number.isSafeInteger);
    const rangeOf = ranges(bins, whole);
    return {
      kind: 'numeric',
      whole,
      cells: occupied.map(({ cell, shares }) => ({ ...rangeOf(cell), ...shares })),
      missing,
    };
  }
  const cells = bins ? occupied.map(({ cell, shares }) => ({ label: labelOf(bins, cell), ...shares })) : [];
  return { kind: 'category', cells, missing };
};

const sharesByCell = (counts: ColumnCounts): Map<number, number> =>
  new Map(counts.cells.map((cell, index) => [cell, (counts.counts[index] ?? 0) / allRows(counts)]));

const missingShare = (counts: ColumnCounts): number => (counts.missing + counts.invalid) / Math.max(1, allRows(counts));

/** Where a cell lies. Whole numbers between 1 and 4 are 2 and 3: from 1.5 to 3.5. */
const ranges = (bins: NumericBins, whole: boolean): ((cell: number) => { low: number; high: number }) => {
  const ladder = ladderOf(bins);
  const half = whole ? 0.5 : 0;
  return (cell) => {
    const edge = ladder[(cell - 1) / 2];
    if (cell % 2 === 1 && edge !== undefined) return { low: edge - half, high: edge + half };
    const [low, high] = [ladder[cell / 2 - 1] ?? -largestNumber, ladder[cell / 2] ?? largestNumber];
    return whole ? { low: Math.floor(low) + half, high: Math.ceil(high) - half } : { low, high };
  };
};

const labelOf = (bins: CategoryBins, cell: number): string => {
  if (cell === unseenCell(bins)) return '(a value never seen before)';
  if (cell === otherCell(bins)) return bins.openEnded ? '(any other value)' : '(a rare value)';
  return bins.values[cell] ?? '';
};
