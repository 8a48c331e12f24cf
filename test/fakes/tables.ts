import { DriftlessError } from '../../shared/kernel/errors.ts';
import { nearest } from '../../shared/kernel/parse.ts';
import type { ObjectStore } from '../../shared/object-store/port.ts';
import type { TableReader } from '../../shared/tables/port.ts';
import { countRows, learnRows } from './counted-tables.ts';
import { type FileRow, performanceOf, type Row } from './performance.ts';

/** The table reader for simulations: JSON Lines only, in memory, without native code. */
export const fakeTableReader = (store: ObjectStore): TableReader => ({
  learn: async (key, request) => {
    const wanted = [...(request.columns ?? []).map(({ name }) => name), ...(request.outcome?.groups ?? [])];
    return learnRows(await readRows(store, key, wanted), request, { numberOf, timeOf });
  },
  count: async (key, request) => {
    const { bins, timestamp } = request;
    const wanted = Object.keys(bins.columns).filter((name) => name !== bins.outcome?.label);
    const rows = await readRows(store, key, timestamp === null ? wanted : [timestamp, ...wanted]);
    return countRows(key, rows, request, { numberOf, timeOf });
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
    faults: missing.map((name) => {
      const suggestion = nearest(name, names);
      return { path: name, message: `is no column of ${key}`, ...(suggestion ? { suggestion } : {}) };
    }),
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
