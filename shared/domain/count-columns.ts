import { type ColumnBins, largestNumber, type NumericBins } from './bins.ts';
import { type ColumnCounts, offsetSteps } from './counts.ts';
import { cellFinder, ladderOf } from './ladder.ts';
import { outcomeCodes } from './window-profile.ts';

/**
 * Counts one column's values, row by row. A number is its value, NaN when missing, infinite when invalid; a category is
 * its cell, or −1 when missing. `window` is any small index.
 */
export type ColumnCounter = {
  /** Counts `rows` rows of the same value. Their cell, or one of `outcomeCodes`. */
  add(window: number, value: number, rows: number): number;
  /** What was counted in a window; undefined when nothing was. */
  counts(window: number): ColumnCounts | undefined;
  /** Bytes that each further window takes. */
  readonly bytesPerWindow: number;
};

export const columnCounter = (bins: ColumnBins): ColumnCounter =>
  bins.kind === 'numeric' ? numberCounter(bins) : categoryCounter(bins.values.length + 2);

/** `counts` has two more places than there are cells, at the end: missing and invalid. */
type Dense = { counts: Uint32Array; offsets: Float64Array; squares: number; bigSquares: bigint };

const numberCounter = (bins: NumericBins): ColumnCounter => {
  const ladder = ladderOf(bins);
  const cellOf = cellFinder(ladder, bins);
  const cells = 2 * ladder.length + 1;
  const windows: (Dense | undefined)[] = [];
  const open = (window: number): Dense => {
    const dense = {
      counts: new Uint32Array(cells + 2),
      offsets: new Float64Array(ladder.length + 1),
      squares: 0,
      bigSquares: 0n,
    };
    windows[window] = dense;
    return dense;
  };
  return {
    bytesPerWindow: 4 * (cells + 2) + 8 * (ladder.length + 1),
    add: (window, x, rows) => {
      const dense = windows[window] ?? open(window);
      if (!(Math.abs(x) <= largestNumber)) {
        const isMissing = Number.isNaN(x);
        bump(dense.counts, isMissing ? cells : cells + 1, rows);
        return isMissing ? outcomeCodes.missing : outcomeCodes.invalid;
      }
      const cell = cellOf(x);
      bump(dense.counts, cell, rows);
      if (cell % 2 === 0) addToOpenCell(dense, bins, ladder, cell / 2, x, rows);
      return cell;
    },
    counts: (window) => {
      const dense = windows[window];
      if (!dense) return undefined;
      const sparse = sparseOf(dense.counts, cells);
      const squares = String(dense.bigSquares + BigInt(dense.squares));
      const opened = sparse.cells.filter((cell) => cell % 2 === 0);
      return { ...sparse, offsets: opened.map((cell) => dense.offsets[cell / 2] ?? 0), squares };
    },
  };
};

const addToOpenCell = (
  dense: Dense,
  bins: NumericBins,
  ladder: Float64Array,
  gap: number,
  x: number,
  rows: number,
): void => {
  const from = ladder[gap - 1] ?? -largestNumber;
  const to = ladder[gap] ?? largestNumber;
  const offset = Math.round(((x - from) / (to - from)) * offsetSteps);
  dense.offsets[gap] = (dense.offsets[gap] ?? 0) + offset * rows;
  const y = (x - bins.origin) / bins.unit;
  const square = Math.min(Math.round(y * y), Number.MAX_VALUE);
  // Doubles add integers exactly up to 2^53.
  if (dense.squares + square * rows <= Number.MAX_SAFE_INTEGER) dense.squares += square * rows;
  else dense.bigSquares += BigInt(square) * BigInt(rows);
};

const categoryCounter = (cells: number): ColumnCounter => {
  const windows: (Uint32Array | undefined)[] = [];
  const open = (window: number): Uint32Array => {
    const counts = new Uint32Array(cells + 2);
    windows[window] = counts;
    return counts;
  };
  return {
    bytesPerWindow: 4 * (cells + 2),
    add: (window, cell, rows) => {
      bump(windows[window] ?? open(window), cell < 0 ? cells : cell, rows);
      return cell < 0 ? outcomeCodes.missing : cell;
    },
    counts: (window) => {
      const counts = windows[window];
      return counts && { ...sparseOf(counts, cells), offsets: [], squares: '0' };
    },
  };
};

const bump = (counts: Uint32Array, place: number, rows: number): void => {
  counts[place] = (counts[place] as number) + rows;
};

const sparseOf = (counts: Uint32Array, length: number): Omit<ColumnCounts, 'offsets' | 'squares'> => {
  const cells: number[] = [];
  const rows: number[] = [];
  for (let cell = 0; cell < length; cell += 1) {
    const count = counts[cell] as number;
    if (count === 0) continue;
    cells.push(cell);
    rows.push(count);
  }
  return { cells, counts: rows, missing: counts[length] ?? 0, invalid: counts[length + 1] ?? 0 };
};
