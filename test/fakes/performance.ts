import { byGroup, mergeSums } from '../../shared/domain/merge-performance.ts';
import {
  binarySums,
  type Group,
  multiclassSums,
  type PerformanceSums,
  regressionSums,
} from '../../shared/domain/performance.ts';
import { isoTime } from '../../shared/kernel/clock.ts';
import type { LabelledPerformance, PerformanceRequest, UnusableRows } from '../../shared/tables/port.ts';

/** A value as text: JSON Lines have no column types. */
export type Row = Map<string, string | null>;
export type FileRow = { file: string; place: number; row: Row };
type Parsers = { numberOf(text: string): number | null; timeOf(text: string | null | undefined): number | null };

/** The join of predictions and labels in memory, from the definitions of one row's sums. */
export const performanceOf = (
  predicted: FileRow[],
  labelled: FileRow[],
  request: PerformanceRequest,
  parsers: Parsers,
): LabelledPerformance => {
  const { predictionId, timestamp, label, score, prediction, windowMs } = request;
  const faults: (FileRow & { column: string })[] = [];
  const faulty = (from: FileRow, columns: [string | null, boolean][]): boolean => {
    const column = columns.find(([, isFine]) => !isFine)?.[0];
    if (column) faults.push({ ...from, column });
    return column !== undefined;
  };
  const read = (row: Row, name: string | null) => valueOf(request, name ? row.get(name) : null, parsers);
  const predictions = new Map<string, { row: Row; isFine: boolean }>();
  for (const from of predicted) {
    const id = from.row.get(predictionId);
    const isFine = !faulty(from, [
      [predictionId, typeof id === 'string'],
      [score, score === null || isProbability(parsers.numberOf(from.row.get(score) ?? ''))],
      [prediction, prediction === null || read(from.row, prediction) !== null],
    ]);
    if (typeof id === 'string') predictions.set(id, { row: from.row, isFine });
  }
  const labels = new Map<string, { start: number; value: Value }>();
  let labelRows = 0;
  for (const from of labelled) {
    if ((from.row.get(label) ?? null) === null) continue;
    const id = from.row.get(predictionId);
    const time = parsers.timeOf(from.row.get(timestamp));
    const value = read(from.row, label);
    const isFaulty = faulty(from, [
      [predictionId, typeof id === 'string'],
      [timestamp, time !== null],
      [label, value !== null],
    ]);
    if (isFaulty || typeof id !== 'string' || time === null || value === null) continue;
    labelRows += 1;
    labels.set(id, { start: Math.floor(time / windowMs) * windowMs, value });
  }
  const joined = [...labels].flatMap(([id, { start, value }]) => {
    const found = predictions.get(id);
    if (!found) return [];
    const sums = found.isFine ? sumsOf(request, value, found.row, parsers) : null;
    return [{ start, row: found.row, sums }];
  });
  return {
    windows: [...Map.groupBy(joined, ({ start }) => start)]
      .toSorted(([a], [b]) => a - b)
      .map(([start, rows]) => windowOf(start, rows, request)),
    unknownIds: labels.size - joined.length,
    repeatedPredictions:
      predicted.filter(({ row }) => typeof row.get(predictionId) === 'string').length - predictions.size,
    repeatedLabels: labelRows - labels.size,
    unusable: unusableOf(faults),
  };
};

type Value = boolean | number | string;

const isProbability = (p: number | null): boolean => p !== null && p >= 0 && p <= 1;

const valueOf = (
  { task }: PerformanceRequest,
  text: string | null | undefined,
  { numberOf }: Parsers,
): Value | null => {
  if (text === null || text === undefined) return null;
  if (task === 'multiclass') return text.replace(/^(-?\d+)\.0+$/, '$1');
  if (task === 'binary') return /^(true|1|1\.0)$/i.test(text) ? true : /^(false|0|0\.0)$/i.test(text) ? false : null;
  const value = numberOf(text);
  return value !== null && Math.abs(value) <= 1e150 ? value : null;
};

const sumsOf = (request: PerformanceRequest, label: Value, row: Row, parsers: Parsers): PerformanceSums | null => {
  const predicted = request.prediction === null ? null : valueOf(request, row.get(request.prediction), parsers);
  if (request.task === 'multiclass')
    return multiclassSums(String(label), String(predicted), [...new Set(request.classes)]);
  if (request.task === 'regression') return regressionSums(Number(label), Number(predicted), request.unit);
  const score = request.score === null ? null : parsers.numberOf(row.get(request.score) ?? '');
  return binarySums(label === true, predicted === null ? (score ?? 0) >= 0.5 : predicted === true, score);
};

const noSums = (request: PerformanceRequest): PerformanceSums => {
  if (request.task === 'multiclass')
    return { task: 'multiclass', rows: 0, errors: 0, classes: [...new Set(request.classes)], confusion: [] };
  if (request.task === 'regression')
    return { task: 'regression', rows: 0, unit: request.unit, absolute: '0', squares: '0' };
  const scores = { logLossMicro: 0, brierMicro: 0, cells: [], negatives: [], positives: [] };
  const counts = { rows: 0, truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0 };
  return { task: 'binary', ...counts, scores: request.score === null ? null : scores };
};

type Joined = { row: Row; sums: PerformanceSums | null };

const windowOf = (
  start: number,
  rows: Joined[],
  request: PerformanceRequest,
): LabelledPerformance['windows'][number] => {
  const usable = rows.flatMap(({ row, sums }) => (sums ? [{ row, sums }] : []));
  const groups = Object.entries(request.groups).flatMap(([column, values]) =>
    [...Map.groupBy(usable, ({ row }) => JSON.stringify(groupOf(row.get(column), values)))].map(([group, members]) => ({
      column,
      group: JSON.parse(group) as Group,
      sums: mergeSums(members.map(({ sums }) => sums)),
    })),
  );
  return {
    windowStart: isoTime(start),
    sums: usable.length > 0 ? mergeSums(usable.map(({ sums }) => sums)) : noSums(request),
    unusable: rows.length - usable.length,
    groups: groups.toSorted(byGroup),
  };
};

const groupOf = (text: string | null | undefined, values: string[]): Group => {
  if (text === null || text === undefined) return { kind: 'missing' };
  return values.includes(text) ? { kind: 'value', value: text } : { kind: 'other' };
};

const unusableOf = (faults: (FileRow & { column: string })[]): UnusableRows[] =>
  [...Map.groupBy(faults, ({ file, column }) => JSON.stringify([file, column])).values()].flatMap((rows) =>
    rows[0] ? [{ file: rows[0].file, column: rows[0].column, rows: rows.length, firstRow: rows[0].place }] : [],
  );
