import {
  type BinSet,
  type ColumnBins,
  otherCell,
  resolutionOf,
  scoreBins,
  unseenCell,
} from '../../shared/domain/bins.ts';
import { rowCounter } from '../../shared/domain/count-rows.ts';
import {
  categoriesNeeded,
  categoryBins,
  type Edges,
  edgeLearner,
  isNumericText,
  numericBins,
} from '../../shared/domain/learn-bins.ts';
import { retypedColumns } from '../../shared/domain/window-profile.ts';
import { isoTime } from '../../shared/kernel/clock.ts';
import { DriftlessError } from '../../shared/kernel/errors.ts';
import type { ColumnRequest, CountedFile, CountRequest, LearnRequest } from '../../shared/tables/port.ts';

type Row = Map<string, string | null>;
/** How the fake reads a text: null is no number, NaN is missing. */
export type Readings = { numberOf(text: string): number | null; timeOf(text: string): number | null };

/** Bins from all rows in memory. */
export const learnRows = (rows: Row[], { columns, outcome, ...request }: LearnRequest, readings: Readings): BinSet => {
  const every = (): ColumnRequest[] => [...new Set(rows.flatMap((row) => [...row.keys()]))].map((name) => ({ name }));
  const names = columns ?? every();
  const resolution = request.resolution ?? resolutionOf(names.length);
  const learn = (name: string, type?: string) => learnColumn(rows, name, type, resolution, readings);
  const learnt: Record<string, ColumnBins> = Object.fromEntries(
    names.map(({ name, type }) => [name, learn(name, type)]),
  );
  if (!outcome) return { format: 2, columns: learnt, outcome: null };
  for (const name of [...outcome.groups, outcome.prediction]) if (name) learnt[name] = learn(name, 'category');
  if (outcome.score) learnt[outcome.score] = scoreBins;
  if (outcome.label) learnt[outcome.label] = learnt[outcome.prediction ?? ''] ?? learn(outcome.label, 'category');
  return { format: 2, columns: learnt, outcome };
};

const learnColumn = (
  rows: Row[],
  name: string,
  type: string | undefined,
  resolution: number,
  { numberOf, timeOf }: Readings,
): ColumnBins => {
  const texts = rows.map((row) => row.get(name)).filter((text) => typeof text === 'string');
  const numbers = texts.map(numberOf).filter((value) => value !== null && Number.isFinite(value));
  const times = texts.map(timeOf).filter((value) => value !== null);
  if (type === 'numeric' || (!type && isNumericText(texts.length, numbers.length)))
    return numericBins('number', edgesOf(numbers, resolution));
  if (type === 'timestamp' || (!type && isNumericText(texts.length, times.length)))
    return numericBins('time', edgesOf(times, resolution));
  const commonest = [...countsBy(texts)].toSorted(
    ([a, n], [b, m]) => m - n || Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  return categoryBins(
    commonest.slice(0, categoriesNeeded(resolution)).map(([text]) => text),
    resolution,
  );
};

const edgesOf = (values: (number | null)[], resolution: number): Edges => {
  const numbers = values.filter((value) => value !== null);
  const learner = edgeLearner(numbers.length, resolution);
  for (const [value, count] of [...countsBy(numbers)].toSorted(([a], [b]) => a - b)) learner.add(value, count);
  return learner.edges();
};

const countsBy = <Value>(values: Value[]): Map<Value, number> => {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};

/** Rows counted by the same domain code as DuckDB's. */
export const countRows = (key: string, rows: Row[], request: CountRequest, readings: Readings): CountedFile => {
  const { timestamp, windowMs, bins, predictionId } = request;
  const starts = rows.map((row) => {
    if (timestamp === null) return 0;
    const text = row.get(timestamp);
    const time = typeof text === 'string' ? readings.timeOf(text) : null;
    return time === null ? null : Math.floor(time / windowMs) * windowMs;
  });
  const names = Object.keys(bins.columns).filter(
    (name) => name !== bins.outcome?.label || rows.some((row) => row.has(name)),
  );
  const counter = rowCounter(bins, names, Number.MAX_SAFE_INTEGER);
  counter.add({
    rows: rows.length,
    starts: (row) => starts[row] ?? null,
    columns: names.map((name) => (row) => cellInput(rows[row]?.get(name) ?? null, bins.columns[name], readings)),
  });
  const windows = counter.profiles(isoTime);
  const [retyped] = retypedColumns(bins, windows);
  if (retyped !== undefined) {
    throw new DriftlessError('invalid-input', `The column ${JSON.stringify(retyped)} of ${key} holds no number.`, {
      faults: [{ path: retyped, message: 'holds no number' }],
    });
  }
  const bad = starts.filter((start) => start === null).length;
  if (bad > 0 && bad === rows.length) {
    throw new DriftlessError('unreadable', `The file ${key} has no row with a readable time in ${timestamp}.`);
  }
  const ids = predictionId === undefined ? [] : rows.flatMap((row) => row.get(predictionId) ?? []);
  return {
    rows: rows.length,
    untimed: bad === 0 ? null : { rows: bad, first: starts.indexOf(null) + 1 },
    repeatedIds: predictionId === undefined ? null : ids.length - new Set(ids).size,
    windows,
  };
};

const cellInput = (text: string | null, bins: ColumnBins | undefined, { numberOf, timeOf }: Readings): number => {
  if (!bins) return Number.NaN;
  if (bins.kind === 'numeric') {
    if (text === null) return Number.NaN;
    return (bins.of === 'time' ? timeOf(text) : numberOf(text)) ?? Number.POSITIVE_INFINITY;
  }
  if (text === null) return -1;
  const cell = bins.values.indexOf(text);
  if (cell >= 0) return cell;
  return bins.openEnded || bins.rare.includes(text) ? otherCell(bins) : unseenCell(bins);
};
