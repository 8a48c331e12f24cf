import type { NumericCell, Shares } from './column-cells.ts';

/** Bars of equal width, ascending. The first and last may be open (null): all that is further out. */
export type Histogram = { step: number; bars: NumericCell[] };

const mostBars = 32;
/** Further out than this share of rows on either side, all values share one bar, so that a long tail hides nothing. */
const tail = 0.005;
/** The same for what is further out than this many widths of the middle four fifths of the rows. */
const fence = 1.5;

/** What a person reads: few bars of one round width. Within a cell, values are taken to be spread evenly. */
export const histogramOf = (cells: NumericCell[], whole: boolean): Histogram | null => {
  const bounds = cells.flatMap(({ low, high }) => [low, high]).filter((bound) => bound !== null);
  if (bounds.length === 0) return null;
  const { from, to, step } = scaleOf(...limitsOf(cells, Math.min(...bounds), Math.max(...bounds)), whole);
  const offset = whole ? -0.5 : 0;
  // What lies in a cell without end is nowhere exactly, so the closed bars begin behind it.
  const inward = (bound: number) =>
    cells.some(({ low, high }) => (low === null && high === bound) || (high === null && low === bound));
  const first = (inward(from) ? Math.ceil : Math.floor)(settle((from - offset) / step));
  const last = Math.max(first + 1, (inward(to) ? Math.floor : Math.ceil)(settle((to - offset) / step)));
  const edges = Array.from({ length: last - first + 1 }, (_, i) => exact((first + i) * step) + offset);
  const closed = edges.slice(1).map((high, i) => sumBetween(cells, edges[i] ?? null, high));
  const open = [sumBetween(cells, null, edges[0] ?? null), sumBetween(cells, edges.at(-1) ?? null, null)];
  const [below, above] = open.map((bar) => (bar.before + bar.now > 1e-9 ? [bar] : []));
  return { step, bars: [...(below ?? []), ...closed, ...(above ?? [])] };
};

/** A single value, or two that no figure tells apart, lies in the middle of a scale of its own size. */
const scaleOf = (from: number, to: number, whole: boolean): { from: number; to: number; step: number } => {
  const size = Math.max(Math.abs(from), Math.abs(to));
  const isPoint = to - from <= size * 1e-9 || to - from < 1e-290;
  const step = Math.max(roundUp((isPoint ? size : to - from) / (mostBars - 4)), whole ? 1 : 0);
  return isPoint && !whole ? { from: from - step / 2, to: to + step / 2, step } : { from, to, step };
};

const limitsOf = (cells: NumericCell[], least: number, most: number): [number, number] => {
  const [low, high] = [quantile(cells, 0.1, least), quantile(cells, 0.9, most)];
  const reach = high > low ? fence * (high - low) : Number.POSITIVE_INFINITY;
  return [Math.max(quantile(cells, tail, least), low - reach), Math.min(quantile(cells, 1 - tail, most), high + reach)];
};

/** Where this share of the rows, then and now together, is below; a bound of the cell it falls into. */
const quantile = (cells: NumericCell[], share: number, otherwise: number): number => {
  const total = cells.reduce((sum, { before, now }) => sum + before + now, 0);
  let below = 0;
  for (const { low, high, before, now } of cells) {
    below += before + now;
    if (below > 0 && below >= share * total - 1e-9) return (share < 0.5 ? (low ?? high) : (high ?? low)) ?? otherwise;
  }
  return otherwise;
};

/** 1, 2 or 5 times a power of ten; one for what has next to no width. */
export const roundUp = (width: number): number => {
  if (!(width > 1e-290)) return 1;
  const power = 10 ** Math.floor(Math.log10(width));
  return exact(power * ([1, 2, 5].find((factor) => factor * power >= width * (1 - 1e-9)) ?? 10));
};

/** 3 * 0.1 is 0.3 to a person. */
const exact = (value: number): number => Number(value.toPrecision(15));
/** A hair beside an integer is that integer. */
const settle = (value: number): number => (Math.abs(value - Math.round(value)) < 1e-9 ? Math.round(value) : value);

const sumBetween = (cells: NumericCell[], low: number | null, high: number | null): NumericCell => {
  const sum: Shares = { before: 0, now: 0 };
  for (const cell of cells) {
    const part = overlap(cell, low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY);
    sum.before += cell.before * part;
    sum.now += cell.now * part;
  }
  return { low, high, ...sum };
};

/** The part of a cell that lies in low < x ≤ high. */
const overlap = (cell: NumericCell, low: number, high: number): number => {
  if (cell.low === null) return low === Number.NEGATIVE_INFINITY ? 1 : 0;
  if (cell.high === null) return high === Number.POSITIVE_INFINITY ? 1 : 0;
  const width = cell.high - cell.low;
  if (width <= Math.abs(cell.high) * 1e-12) return cell.high > low && cell.high <= high ? 1 : 0;
  return Math.max(0, Math.min(high, cell.high) - Math.max(low, cell.low)) / width;
};
