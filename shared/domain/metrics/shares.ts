import type { ColumnBins } from '../bins.ts';
import { type ColumnCounts, presentRows } from '../counts.ts';
import { cellCount } from '../ladder.ts';

/** Rows by cell. */
export const denseCounts = (bins: ColumnBins, { cells, counts }: ColumnCounts): Float64Array => {
  const dense = new Float64Array(cellCount(bins));
  for (const [index, cell] of cells.entries()) dense[cell] = counts[index] ?? 0;
  return dense;
};

/**
 * One cell's share of the valid values, in reference (`p`) and current (`q`), and F − G below the cell and with it:
 * from whole numbers, so that no rounding adds up.
 */
export type CellShare = { cell: number; p: number; q: number; below: number; upTo: number };

/** Ascending; only the cells that hold any row of either. Without valid values all shares are 0. */
export const cellShares = (reference: ColumnCounts, current: ColumnCounts): CellShare[] => {
  const [f, g] = [rowsByCell(reference), rowsByCell(current)];
  const [n, m] = [Math.max(1, presentRows(reference)), Math.max(1, presentRows(current))];
  let [passedF, passedG] = [0, 0];
  return [...new Set([...f.keys(), ...g.keys()])]
    .toSorted((a, b) => a - b)
    .map((cell) => {
      const [rowsF, rowsG] = [f.get(cell) ?? 0, g.get(cell) ?? 0];
      const below = passedF / n - passedG / m;
      passedF += rowsF;
      passedG += rowsG;
      return { cell, p: rowsF / n, q: rowsG / m, below, upTo: passedF / n - passedG / m };
    });
};

const rowsByCell = ({ cells, counts }: ColumnCounts): Map<number, number> =>
  new Map(cells.map((cell, index) => [cell, counts[index] ?? 0]));

/** Whether rows of one cell may hold different values. */
export const isLumped = (bins: ColumnBins, cell: number): boolean =>
  bins.kind === 'numeric' ? cell % 2 === 0 : cell >= bins.values.length;

export const hasNoRows = (...samples: ColumnCounts[]): boolean => samples.some((sample) => sample.cells.length === 0);
