import { closest } from 'fastest-levenshtein';
import type { BinSet, ColumnBins, ColumnCounts, WindowProfile } from '../../shared/domain/profile.ts';
import { isoTime } from '../../shared/kernel/clock.ts';
import { DriftlessError } from '../../shared/kernel/errors.ts';
import type { ObjectStore } from '../../shared/object-store/port.ts';
import { edgesOf, isNumericText, maxValues, quantileSteps } from '../../shared/tables/duckdb-edges.ts';
import type { ProfileRequest, TableReader } from '../../shared/tables/port.ts';
import { countRows, learnRows } from './counted-tables.ts';
import { type FileRow, performanceOf, type Row } from './performance.ts';

/** The table reader for simulations: JSON Lines only, in memory, without native code. */
export const fakeTableReader = (store: ObjectStore): TableReader => ({
  learnBins: async (key, columns) => learnBins(key, await readRows(store, key, columns), columns),
  profile: async (key, request) => {
    const rows = await readRows(store, key, [request.timestamp, ...Object.keys(request.bins.columns)]);
    return profileRows(key, rows, request);
  },
  learn: async (key, request) => {
    const wanted = [...(request.columns ?? []).map(({ name }) => name), ...(request.outcome?.groups ?? [])];
    return learnRows(await readRows(store, key, wanted), request, { numberOf, timeOf });
  },
  count: async (key, request) => {
    const { bins, timestamp } = request;
    const wanted = Object.keys(bins.columns).filter((name) => name !== bins.outcome?.label);
    const rows = await readRows(store, key, timestamp === null ? wanted : [timestamp, ...wanted]);
    return countRows(rows, request, { numberOf, timeOf });
  },
  performance: async (predictions, labels, request) => {
    const { predictionId, timestamp, label, groups } = request;
    const outputs = [request.score, request.prediction].filter((name) => name !== null);
    const predicted = await readAll(store, predictions, [predictionId, ...outputs, ...Object.keys(groups)]);
    const labelled = await readAll(store, labels, [predictionId, timestamp, label]);
    return performanceOf(predicted, labelled, request, { numberOf, timeOf });
  },
});

const readRows = async (store: ObjectStore, key: string, columns: string[]): Promise<Row[]> => {
  if (!/\.(jsonl|ndjson)$/.test(key)) throw new DriftlessError('unreadable', `The file ${key} has an unknown ending.`);
  const object = await store.get(key);
  if (!object) throw new DriftlessError('not-found', `There is no file ${key} in the store.`);
  if (object.body.length === 0) throw new DriftlessError('unreadable', `The file ${key} is empty.`);
  const lines = Buffer.from(object.body).toString('utf8').split('\n');
  const rows = lines.filter((line) => line.trim() !== '').map((line) => parseRow(key, line));
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))].toSorted();
  const missing = columns.filter((name) => !names.includes(name));
  if (missing.length === 0) return rows;
  throw new DriftlessError('invalid-input', `The file ${key} lacks the column ${JSON.stringify(missing[0])}.`, {
    faults: missing.map((name) => ({
      path: name,
      message: `is no column of ${key}`,
      ...(names.length > 0 ? { suggestion: closest(name, names) } : {}),
    })),
  });
};

const readAll = async (store: ObjectStore, keys: string[], columns: string[]): Promise<FileRow[]> => {
  const files = [];
  for (const key of keys)
    files.push((await readRows(store, key, columns)).map((row, index) => ({ file: key, place: index + 1, row })));
  return files.flat();
};

const parseRow = (key: string, line: string): Row => {
  try {
    const value: unknown = JSON.parse(line);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      return new Map(Object.entries(value).map(([name, inner]) => [name, textOf(inner)]));
    }
  } catch (error) {
    throw new DriftlessError('unreadable', `The file ${key} cannot be read: a line is no JSON.`, { cause: error });
  }
  throw new DriftlessError('unreadable', `The file ${key} cannot be read: a line is no JSON object.`);
};

const textOf = (value: unknown): string | null =>
  value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);

const numberPattern = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
/** As DuckDB casts text: null is no number, NaN is one that is missing. */
const numberOf = (text: string): number | null => {
  if (/^\s*[+-]?(nan|inf|infinity)\s*$/i.test(text)) return Number.NaN;
  return numberPattern.test(text) ? Number(text) : null;
};

const timePattern = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;
/** Milliseconds since 1970; a time without a zone is UTC. */
const timeOf = (text: string | null | undefined): number | null => {
  if (text === null || text === undefined) return null;
  if (/^-?\d+$/.test(text)) return Number(text);
  const [, day, time = '00:00', zone = 'Z'] = timePattern.exec(text) ?? [];
  const offset = zone.replace(
    /^([+-]\d{2}):?(\d{2})?$/,
    (_all, hours: string, minutes = '00') => `${hours}:${minutes}`,
  );
  const ms = day ? Date.parse(`${day}T${time}${offset}`) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
};

const learnBins = (key: string, rows: Row[], columns: string[]): BinSet => ({
  columns: Object.fromEntries(columns.map((name) => [name, learnColumn(key, rows, name)])),
});

const learnColumn = (key: string, rows: Row[], name: string): ColumnBins => {
  const texts = rows.map((row) => row.get(name)).filter((text) => typeof text === 'string');
  const numbers = texts.map(numberOf).filter((value) => value !== null);
  const bins: ColumnBins = isNumericText(texts.length, numbers.length)
    ? { kind: 'numeric', edges: edgesOf(quantilesOf(numbers.filter(Number.isFinite))) }
    : { kind: 'category', values: commonest(texts) };
  if ((bins.kind === 'numeric' ? bins.edges : bins.values).length > 0) return bins;
  throw new DriftlessError(
    'invalid-input',
    `The column ${JSON.stringify(name)} of ${key} holds no value to learn from.`,
    {
      faults: [{ path: name, message: 'holds no value' }],
    },
  );
};

const quantilesOf = (values: number[]): number[] => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (step: number) => sorted[Math.max(1, Math.ceil((sorted.length * step) / quantileSteps)) - 1];
  return Array.from({ length: quantileSteps - 1 }, (_, i) => at(i + 1)).filter((value) => value !== undefined);
};

const commonest = (texts: string[]): string[] => {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts]
    .toSorted(([a, n], [b, m]) => m - n || Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .slice(0, maxValues)
    .map(([text]) => text);
};

const windowStart = (time: number, windowMs: number): number => Math.floor(time / windowMs) * windowMs;

const refuseTimes = (key: string, name: string, times: (number | null)[]): void => {
  const bad = times.filter((time) => time === null).length;
  if (bad === 0) return;
  throw new DriftlessError(
    'unreadable',
    `The file ${key} has ${bad} rows without a readable time in ${JSON.stringify(name)}, the first is row ${times.indexOf(null) + 1}.`,
  );
};

const profileRows = (key: string, rows: Row[], { timestamp, windowMs, bins }: ProfileRequest): WindowProfile[] => {
  const times = rows.map((row) => timeOf(row.get(timestamp)));
  refuseTimes(key, timestamp, times);
  const columns = Object.entries(bins.columns);
  for (const [name, column] of columns) refuseRetyped(key, rows, name, column);
  const windows = Map.groupBy(rows.keys(), (index) => windowStart(times[index] ?? 0, windowMs));
  return [...windows]
    .toSorted(([a], [b]) => a - b)
    .map(([start, indexes]) => ({
      windowStart: isoTime(start),
      rows: indexes.length,
      columns: Object.fromEntries(
        columns.map(([name, column]) => [
          name,
          countsOf(
            indexes.map((index) => rows[index]?.get(name) ?? null),
            column,
          ),
        ]),
      ),
    }));
};

const refuseRetyped = (key: string, rows: Row[], name: string, column: ColumnBins): void => {
  const texts = rows.map((row) => row.get(name)).filter((text) => typeof text === 'string');
  const numbers = texts.map(numberOf);
  if (column.kind === 'category' || !numbers.includes(null)) return;
  if (numbers.some((value) => value !== null && !Number.isNaN(value))) return;
  throw new DriftlessError(
    'invalid-input',
    `The column ${JSON.stringify(name)} of ${key} was numeric and now holds no number.`,
    { faults: [{ path: name, message: 'holds no number' }] },
  );
};

const countsOf = (texts: (string | null)[], bins: ColumnBins): ColumnCounts => {
  const length = (bins.kind === 'numeric' ? bins.edges : bins.values).length + 1;
  const counts: ColumnCounts = { cells: Array.from({ length }, () => 0), missing: 0 };
  for (const text of texts) {
    const cell = text === null ? null : cellOf(text, bins);
    if (cell === null) counts.missing += 1;
    else counts.cells[cell] = (counts.cells[cell] ?? 0) + 1;
  }
  return counts;
};

const cellOf = (text: string, bins: ColumnBins): number | null => {
  if (bins.kind === 'category') return bins.values.includes(text) ? bins.values.indexOf(text) : bins.values.length;
  const value = numberOf(text);
  return value === null || !Number.isFinite(value) ? null : bins.edges.filter((edge) => edge < value).length;
};
