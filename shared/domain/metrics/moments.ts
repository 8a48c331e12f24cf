import type { NumericBins } from '../bins.ts';
import { type ColumnCounts, offsetSteps, presentRows } from '../counts.ts';
import { ladderOf } from '../ladder.ts';
import { exactly, type Measure } from './metric.ts';

/** Sum of x − origin over the rows in valid cells: exact at edges, from the offset sums between them. */
const centredSum = (bins: NumericBins, { cells, counts, offsets }: ColumnCounts): number => {
  const ladder = ladderOf(bins);
  let seen = 0;
  return cells.reduce((sum, cell, index) => {
    const count = counts[index] ?? 0;
    if (cell % 2 === 1) return sum + count * ((ladder[(cell - 1) / 2] ?? 0) - bins.origin);
    const from = ladder[cell / 2 - 1] ?? 0;
    const width = (ladder[cell / 2] ?? from) - from;
    return sum + count * (from - bins.origin) + (width * (offsets[seen++] ?? 0)) / offsetSteps;
  }, 0);
};

const centredSquares = (bins: NumericBins, { cells, counts, squares }: ColumnCounts): number => {
  const ladder = ladderOf(bins);
  const atEdges = cells.reduce((sum, cell, index) => {
    const distance = cell % 2 === 1 ? (ladder[(cell - 1) / 2] ?? 0) - bins.origin : 0;
    return sum + (counts[index] ?? 0) * distance * distance;
  }, 0);
  return atEdges + Number(BigInt(squares)) * bins.unit * bins.unit;
};

/** 0 without valid values. */
export const mean = (bins: NumericBins, counts: ColumnCounts): number => {
  const rows = presentRows(counts);
  return rows === 0 ? 0 : bins.origin + centredSum(bins, counts) / rows;
};

/** Of the population (divided by n). The fixed point leaves a doubt of about a hundred-thousandth; at edges none. */
export const standardDeviation = (bins: NumericBins, counts: ColumnCounts): Measure => {
  const rows = presentRows(counts);
  if (rows === 0) return exactly(0);
  const centre = centredSum(bins, counts) / rows;
  const variance = Math.max(0, centredSquares(bins, counts) / rows - centre * centre);
  const value = Math.min(Number.MAX_VALUE, Math.sqrt(variance));
  const isExact = counts.offsets.length === 0;
  return isExact ? exactly(value) : { value, low: value * (1 - 1e-5), high: value * (1 + 1e-5) };
};
