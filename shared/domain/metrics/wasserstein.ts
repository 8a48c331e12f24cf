import { type NumericBins, largestNumber } from '../bins.ts';
import { type ColumnCounts, offsetSteps } from '../counts.ts';
import { ladderOf } from '../ladder.ts';
import { exactly, type Measure, type Metric } from './metric.ts';
import { standardDeviation } from './moments.ts';
import { hasNoRows } from './shares.ts';

/** What F − G does between two neighbouring edges: `left` at the lower one, shares `p` and `q`, and offsets' means. */
type Cell = { width: number; left: number; p: number; q: number; integral: number; rounding: number };

/**
 * W1 = ∫|F − G|. Between edges F − G goes from `left` to `left + p − q`, and its integral over the cell is known from
 * the offset sums. Where it cannot change sign, that integral is all of it.
 */
export const wassersteinRaw: Metric = (bins, reference, current) => {
  if (bins.kind !== 'numeric' || hasNoRows(reference, current)) return exactly(0);
  const sum = { value: 0, low: 0, high: 0 };
  for (const cell of cellsOf(bins, reference, current)) {
    const { value, low, high } = measure(cell);
    sum.value += value;
    sum.low += low;
    sum.high += high;
  }
  return sum;
};

/** W1 over the reference's standard deviation (of the population), which counts as 0.001 when it is less. */
export const wassersteinStd: Metric = (bins, reference, current) => {
  const { value, low, high } = wassersteinRaw(bins, reference, current);
  const sd = bins.kind === 'numeric' ? standardDeviation(bins, reference) : exactly(0);
  return { value: value / divisor(sd.value), low: low / divisor(sd.high), high: high / divisor(sd.low) };
};

const divisor = (deviation: number): number => Math.max(0.001, deviation);

const measure = ({ width, left, p, q, integral, rounding }: Cell): Measure => {
  const [least, greatest] = [left - q, left + p];
  const exact = Math.abs(integral);
  const low = Math.max(0, exact - rounding);
  if (least >= 0 || greatest <= 0) return { value: exact, low, high: exact + rounding };
  // |·| is convex, so it lies under its chord from `least` to `greatest`.
  const slope = (greatest + least) / (greatest - least);
  const chord = (of: number): number => -least * width + slope * (of - least * width);
  const high = Math.max(chord(integral - rounding), chord(integral + rounding), exact);
  return { value: Math.min(Math.max(straight(width, left, left + p - q), exact), high), low, high };
};

/** ∫|f| of the straight line between two values. */
const straight = (width: number, from: number, to: number): number =>
  from * to >= 0
    ? (Math.abs(from + to) / 2) * width
    : (((from * from + to * to) / 2) * width) / (Math.abs(from) + Math.abs(to));

const cellsOf = (bins: NumericBins, reference: ColumnCounts, current: ColumnCounts): Cell[] => {
  const ladder = ladderOf(bins);
  const [f, g] = [rowsOf(reference, ladder.length), rowsOf(current, ladder.length)];
  const cells: Cell[] = [];
  let [passedF, passedG] = [0, 0];
  for (let gap = 0; gap <= ladder.length; gap += 1) {
    const width = (ladder[gap] ?? largestNumber) - (ladder[gap - 1] ?? -largestNumber);
    const left = passedF / f.rows - passedG / g.rows;
    const [p, q] = [(f.open[gap] ?? 0) / f.rows, (g.open[gap] ?? 0) / g.rows];
    // A value at offset o of the cell lifts F over the rest of it: width · (1 − o).
    const lift = p - (f.offset[gap] ?? 0) / f.rows - (q - (g.offset[gap] ?? 0) / g.rows);
    if (left !== 0 || p !== 0 || q !== 0) {
      const rounding = ((p + q) * width) / (2 * offsetSteps);
      cells.push({ width, left, p, q, integral: width * (left + lift), rounding });
    }
    passedF += (f.open[gap] ?? 0) + (f.point[gap] ?? 0);
    passedG += (g.open[gap] ?? 0) + (g.point[gap] ?? 0);
  }
  return cells;
};

/** Rows by open cell and by edge; `offset`: the rows' places in the cell, each 0 to 1, summed. */
const rowsOf = ({ cells, counts, offsets }: ColumnCounts, edges: number) => {
  const [open, offset, point] = [new Float64Array(edges + 1), new Float64Array(edges + 1), new Float64Array(edges)];
  let [rows, seen] = [0, 0];
  for (const [index, cell] of cells.entries()) {
    const count = counts[index] ?? 0;
    rows += count;
    if (cell % 2 === 1) point[(cell - 1) / 2] = count;
    else {
      open[cell / 2] = count;
      offset[cell / 2] = (offsets[seen++] ?? 0) / offsetSteps;
    }
  }
  return { rows, open, offset, point };
};
