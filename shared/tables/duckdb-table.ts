import { open } from 'node:fs/promises';
import { DriftlessError } from '../kernel/errors.ts';
import { nearest } from '../kernel/parse.ts';
import { parseCsvHeader } from './duckdb-csv-header.ts';
import { type DuckDbSession, quoteName, quoteText } from './duckdb-session.ts';
import type { StagedFile } from './duckdb-stage.ts';

/** How a file's columns are read: `from` is the SQL after FROM; every column asked for is in `columns`. */
export type Table = { key: string; from: string; columns: Map<string, Column> };

/** `sql` names the column. CSV and JSON Lines have no types: there every column is `text`. */
export type Column = { name: string; sql: string; type: ColumnType };
export type ColumnType = 'text' | 'string' | 'number' | 'boolean' | 'time' | 'zoned-time' | 'other';

/**
 * Columns that are `optional` can be read if they are there. Throws `invalid-input` when a wanted column is lacking,
 * naming it and the nearest that is there; `unreadable`.
 */
export const openTable = async (
  session: DuckDbSession,
  file: StagedFile,
  wanted: string[],
  optional: string[] | 'all' = [],
): Promise<Table> => {
  const table = await openers[file.format](session, file, wanted, optional);
  requireColumns(table, wanted);
  return table;
};

/** The column of that name; `openTable` made sure that it is there. */
export const columnOf = (table: Table, name: string): Column => {
  const column = table.columns.get(name);
  if (!column) throw new RangeError(`The table was not opened with the column ${name}`);
  return column;
};

type Opener = (
  session: DuckDbSession,
  file: StagedFile,
  wanted: string[],
  optional: string[] | 'all',
) => Promise<Table>;

const openParquet: Opener = async (session, { key, path }) => {
  const from = `read_parquet(${quoteText(path)}, binary_as_string = true)`;
  const described = await session.query(`DESCRIBE SELECT * FROM ${from}`);
  const columns = described.map((row): [string, Column] => {
    const name = String(row['column_name']);
    return [name, { name, sql: quoteName(name), type: columnType(String(row['column_type'])) }];
  });
  return { key, from, columns: new Map(columns) };
};

/** RFC 4180: commas, double quotes, a header. Nothing is guessed, so that a ragged row is an error and not a dialect. */
const openCsv: Opener = async (_session, { key, path }) => {
  const names = parseCsvHeader(await readStart(path));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new DriftlessError('unreadable', `The file ${key} names the column ${JSON.stringify(twice)} twice.`);
  }
  const types = names.map((_name, index) => `'c${index}': 'VARCHAR'`).join(', ');
  const dialect = `auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', strict_mode = true`;
  const from = `read_csv(${quoteText(path)}, ${dialect}, columns = {${types}})`;
  return { key, from, columns: new Map(names.map((name, index) => [name, textColumn(name, `c${index}`)])) };
};

const openJsonLines: Opener = async (session, { key, path }, wanted, optional) => {
  const lines = `read_ndjson_objects(${quoteText(path)})`;
  const keysOf = async (from: string): Promise<string[]> => {
    const rows = await session.query(`SELECT DISTINCT unnest(json_keys(json)) AS name FROM ${from} ORDER BY name`);
    return rows.map((row) => String(row['name']));
  };
  const early = await keysOf(`(SELECT json FROM ${lines} LIMIT 1000)`);
  // A column may be so rare that it comes late; the whole file is searched only then.
  const isEarly = optional !== 'all' && [...wanted, ...optional].every((name) => early.includes(name));
  const names = isEarly ? early : await keysOf(lines);
  if (names.length === 0) throw new DriftlessError('unreadable', `The file ${key} holds no line with a JSON object.`);
  const read = optional === 'all' ? names : [...wanted, ...optional.filter((name) => names.includes(name))];
  const types = [...new Set(read)].map((name) => `${quoteText(name)}: 'VARCHAR'`).join(', ');
  const from = `read_json(${quoteText(path)}, format = 'newline_delimited', records = 'true', auto_detect = false, columns = {${types}})`;
  return { key, from, columns: new Map(names.map((name) => [name, textColumn(name, name)])) };
};

const openers = { parquet: openParquet, csv: openCsv, 'json-lines': openJsonLines };

const textColumn = (name: string, sqlName: string): Column => ({ name, sql: quoteName(sqlName), type: 'text' });

/** https://duckdb.org/docs/stable/sql/data_types/overview */
const columnType = (sqlType: string): ColumnType => {
  if (sqlType === 'BOOLEAN') return 'boolean';
  if (sqlType === 'VARCHAR') return 'string';
  if (sqlType === 'TIMESTAMP WITH TIME ZONE') return 'zoned-time';
  if (sqlType === 'DATE' || /^TIMESTAMP(_\w+)?$/.test(sqlType)) return 'time';
  return /^(U?(TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\))$/.test(sqlType) ? 'number' : 'other';
};

const readStart = async (path: string): Promise<string> => {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1 << 20), 0, 1 << 20, 0);
  return buffer.toString('utf8', 0, bytesRead);
};

const requireColumns = (table: Table, wanted: string[]): void => {
  const names = [...table.columns.keys()];
  const missing = [...new Set(wanted)].filter((name) => !table.columns.has(name));
  if (missing.length === 0) return;
  const list = missing.map((name) => JSON.stringify(name)).join(', ');
  throw new DriftlessError('invalid-input', `The file ${table.key} lacks the column ${list}.`, {
    faults: missing.map((name) => {
      const suggestion = nearest(name, names);
      return { path: name, message: `is no column of ${table.key}`, ...(suggestion ? { suggestion } : {}) };
    }),
  });
};
