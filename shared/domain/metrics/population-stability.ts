import type { ColumnBins } from '../bins.ts';
import { type ColumnCounts, presentRows } from '../counts.ts';
import { exactly, type Metric } from './metric.ts';
import { denseCounts, hasNoRows } from './shares.ts';

/**
 * PSI = Σ (q − p) ln(q / p) with half a row added to every cell. Cells are the reference's tenths (a value that holds
 * several tenths ends one cell), or the categories that either sample holds.
 */
export const psi: Metric = (bins, reference, current) => {
  if (hasNoRows(reference, current)) return exactly(0);
  const rows = psiCells(bins, reference, current);
  const share = (count: number, total: number): number => (count + 0.5) / (total + 0.5 * rows.length);
  const [n, m] = [presentRows(reference), presentRows(current)];
  return exactly(
    rows.reduce((sum, [before, now]) => {
      const [p, q] = [share(before, n), share(now, m)];
      return sum + (q - p) * Math.log(q / p);
    }, 0),
  );
};

type CellRows = [reference: number, current: number];

const psiCells = (bins: ColumnBins, reference: ColumnCounts, current: ColumnCounts): CellRows[] => {
  const [before, now] = [denseCounts(bins, reference), denseCounts(bins, current)];
  if (bins.kind === 'numeric') return tenths(before, now);
  return Array.from(before, (rows, cell): CellRows => [rows, now[cell] ?? 0]).filter(([p, q]) => p + q > 0);
};

/** A cell ends with the first value at or below which k/10 of the reference lie; the last takes all that is above. */
const tenths = (before: Float64Array, now: Float64Array): CellRows[] => {
  const total = before.reduce((sum, rows) => sum + rows, 0);
  const cells: CellRows[] = [[0, 0]];
  let passed = 0;
  for (const [cell, rows] of before.entries()) {
    const last = cells.at(-1);
    if (last) {
      last[0] += rows;
      last[1] += now[cell] ?? 0;
    }
    const tenth = Math.floor((10 * passed) / total);
    passed += rows;
    if (rows > 0 && passed < total && Math.floor((10 * passed) / total) > tenth) cells.push([0, 0]);
  }
  return cells;
};
