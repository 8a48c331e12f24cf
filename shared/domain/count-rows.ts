import type { BinSet } from './bins.ts';
import { type ColumnCounter, columnCounter } from './count-columns.ts';
import { noCounts } from './counts.ts';
import { byCells, outcomeCodes, type OutcomeCounts, type WindowProfile } from './window-profile.ts';

/** Rows as columns of numbers: `value(row)` as `ColumnCounter.add` wants it. */
export type RowBatch = { rows: number; starts(row: number): number | null; columns: ((row: number) => number)[] };

/**
 * Rows of one window that have one value in a column, by its place in `names`; place −1 says how many rows the window
 * has. Joint counts cannot be had this way.
 */
export type RowGroups = {
  length: number;
  start(group: number): number | null;
  column(group: number): number;
  value(group: number): number;
  rows(group: number): number;
};

/** More counts at once than the counter may hold; count fewer columns at a time. */
export class TooManyCounts extends Error {}

export type RowCounter = {
  /** Rows without a time (a null start) are left out. Throws `TooManyCounts`. */
  add(batch: RowBatch): void;
  /** The same rows as groups. Throws `TooManyCounts`. */
  addGroups(groups: RowGroups): void;
  /** Ascending; `isoTime` writes a start in ms since 1970 as text. */
  profiles(isoTime: (ms: number) => string): WindowProfile[];
};

/**
 * Counts rows into windows and cells. `names` are the columns that the batches hold, in order: all those of the bin
 * set, or some of them. Memory is that of the counts: `limitBytes` at most, whatever the rows.
 */
export const rowCounter = (bins: BinSet, names: string[], limitBytes: number): RowCounter => {
  const counters = names.map((name) => {
    const column = bins.columns[name];
    if (!column) throw new RangeError(`The bin set has no column ${name}`);
    return columnCounter(column);
  });
  const joint = jointCounter(bins, names);
  const windows = new Map<number, { index: number; rows: number }>();
  const bytes = counters.reduce((sum, { bytesPerWindow }) => sum + bytesPerWindow, 256);
  const open = (start: number) => {
    if ((windows.size + 1) * bytes > limitBytes) throw new TooManyCounts();
    const window = { index: windows.size, rows: 0 };
    windows.set(start, window);
    return window;
  };
  let places = new Int32Array(0);
  let cells: Int32Array[] = [];
  return {
    add: ({ rows, starts, columns }) => {
      if (places.length < rows) {
        places = new Int32Array(rows);
        cells = counters.map(() => new Int32Array(rows));
      }
      let last: number | null = null;
      let window = { index: -1, rows: 0 };
      for (let row = 0; row < rows; row += 1) {
        const start = starts(row);
        if (start !== null && start !== last) window = windows.get(start) ?? open(start);
        if (start !== null) window.rows += 1;
        last = start ?? last;
        places[row] = start === null ? -1 : window.index;
      }
      for (const [index, value] of columns.entries()) addColumn(counters[index], rows, places, value, cells[index]);
      joint.add(rows, places, cells);
    },
    addGroups: ({ length, start, column, value, rows }) => {
      for (let group = 0; group < length; group += 1) {
        const at = start(group);
        if (at === null) continue;
        const window = windows.get(at) ?? open(at);
        const counter = counters[column(group)];
        if (counter) counter.add(window.index, value(group), rows(group));
        else window.rows += rows(group);
      }
    },
    profiles: (isoTime) =>
      [...windows]
        .toSorted(([a], [b]) => a - b)
        .map(([start, { index, rows }]) => ({
          windowStart: isoTime(start),
          rows,
          columns: Object.fromEntries(names.map((name, i) => [name, counters[i]?.counts(index) ?? noCounts()])),
          outcomes: joint.counts(index),
        })),
  };
};

const addColumn = (
  counter: ColumnCounter | undefined,
  rows: number,
  places: Int32Array,
  value: (row: number) => number,
  cells: Int32Array | undefined,
): void => {
  if (!counter || !cells) return;
  for (let row = 0; row < rows; row += 1) {
    const window = places[row] as number;
    if (window >= 0) cells[row] = counter.add(window, value(row), 1);
  }
};

type JointCounter = {
  add(rows: number, places: Int32Array, cells: Int32Array[]): void;
  counts(window: number): OutcomeCounts[];
};

const jointCounter = ({ outcome }: BinSet, names: string[]): JointCounter => {
  if (!outcome) return { add: () => {}, counts: () => [] };
  const place = (name: string | null | undefined): number => (name ? names.indexOf(name) : -1);
  const groups = outcome.groups.length > 0 ? outcome.groups : [null];
  const tables = groups.map((group) => ({
    group,
    of: [group, outcome.score, outcome.prediction, outcome.label].map(place),
    windows: new Map<number, Map<number, number>>(),
  }));
  return {
    add: (rows, places, cells) => {
      for (const { of, windows } of tables) {
        const [group, score, prediction, label] = of.map((index) => cells[index]);
        for (let row = 0; row < rows; row += 1) {
          const window = places[row] as number;
          if (window < 0) continue;
          const key = pack(group?.[row], score?.[row], prediction?.[row], label?.[row]);
          const counts = windows.get(window) ?? new Map<number, number>();
          if (counts.size === 0) windows.set(window, counts);
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
      }
    },
    counts: (window) =>
      tables.map(({ group, windows }) => ({
        group,
        rows: [...(windows.get(window) ?? [])].map(([key, rows]) => unpack(key, rows)).toSorted(byCells),
      })),
  };
};

/** Four codes in one integer below 2^53: at most 8188 cells each, which `finestResolution` keeps far from. */
const radix = 8192;
const shift = -outcomeCodes.absent;

const pack = (...codes: (number | undefined)[]): number =>
  codes.reduce<number>((key, code) => key * radix + (code ?? outcomeCodes.absent) + shift, 0);

const unpack = (key: number, rows: number): OutcomeCounts['rows'][number] => {
  const code = (power: number): number => (Math.floor(key / radix ** power) % radix) - shift;
  return [code(3), code(2), code(1), code(0), rows];
};
