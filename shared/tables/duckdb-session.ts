import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBResult } from '@duckdb/node-api';
import { DriftlessError } from '../kernel/errors.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { type StagedFile, stageFile } from './duckdb-stage.ts';

/** A value bound to `$1`, `$2`, … of a statement. */
export type SqlValue = string | number | string[];
export type SqlRow = Record<string, unknown>;

/** One DuckDB instance in a private folder, for the length of one call. */
export type DuckDbSession = {
  query(sql: string, values?: SqlValue[]): Promise<SqlRow[]>;
  /** The same for a SELECT whose result is small: aggregates, which DuckDB can fail to stream. */
  collect(sql: string, visit: (chunk: NumberChunk) => void): Promise<void>;
  /** Rows of a SELECT as they come, a few thousand at a time. Every column must be DOUBLE. */
  scan(sql: string, visit: (chunk: NumberChunk) => void): Promise<void>;
  /** Copies the object into the private folder while `read` runs. What DuckDB refuses meanwhile is `unreadable`. */
  readFile<Result>(key: string, read: (file: StagedFile) => Promise<Result>): Promise<Result>;
};

export type NumberChunk = { rows: number; column(index: number): (row: number) => number | null };

export type SessionOptions = { store: Pick<ObjectStore, 'stream'>; tempDir: string; memoryMb: number; threads: number };

/** Runs `work` with a session; the private folder is gone when it returns, whatever happened. */
export const withSession = async <Result>(
  options: SessionOptions,
  work: (session: DuckDbSession) => Promise<Result>,
): Promise<Result> => {
  await mkdir(options.tempDir, { recursive: true });
  const folder = await mkdtemp(join(options.tempDir, 'tables-'));
  try {
    return await withDuckDb(options, folder, work);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const withDuckDb = async <Result>(
  options: SessionOptions,
  folder: string,
  work: (session: DuckDbSession) => Promise<Result>,
): Promise<Result> => {
  const { DuckDBDoubleVector, DuckDBInstance, LIST, VARCHAR, listValue } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads),
    memory_limit: `${options.memoryMb}MB`,
    temp_directory: join(folder, 'spill'),
    // Parquet, JSON and ICU are built in; nothing is fetched from anywhere.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    enable_external_file_cache: 'false',
  });
  const connection = await instance.connect();
  const query: DuckDbSession['query'] = async (sql, values = []) => {
    const bound = values.map((value) => (Array.isArray(value) ? listValue(value) : value));
    const types = values.map((value) => (Array.isArray(value) ? LIST(VARCHAR) : undefined));
    const result = await connection.runAndReadAll(sql, bound, Object.fromEntries(Object.entries(types)));
    return result.getRowObjectsJS();
  };
  const numbersOf = (vector: unknown): ((row: number) => number | null) => {
    if (!(vector instanceof DuckDBDoubleVector)) throw new TypeError('A scanned column is not DOUBLE');
    return (row) => vector.getItem(row);
  };
  const visitAll = async (result: DuckDBResult, visit: (chunk: NumberChunk) => void): Promise<void> => {
    for await (const chunk of result) {
      // One class of vectors only, or reading a value is three times slower.
      const vectors = Array.from({ length: chunk.columnCount }, (_, i) => chunk.getColumnVector(i));
      visit({ rows: chunk.rowCount, column: (index) => numbersOf(vectors[index]) });
    }
  };
  const scan: DuckDbSession['scan'] = async (sql, visit) => visitAll(await connection.stream(sql), visit);
  const collect: DuckDbSession['collect'] = async (sql, visit) => visitAll(await connection.run(sql), visit);
  try {
    await query(`SET TimeZone = 'UTC'`);
    await query(`SET allowed_directories = [${quoteText(`${folder}/`)}]`);
    await query('SET enable_external_access = false');
    await query('SET lock_configuration = true');
    return await work({ query, scan, collect, readFile: (key, read) => readFile(options.store, folder, key, read) });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};

const readFile = async <Result>(
  store: Pick<ObjectStore, 'stream'>,
  folder: string,
  key: string,
  read: (file: StagedFile) => Promise<Result>,
): Promise<Result> => {
  const file = await stageFile(store, folder, key);
  try {
    return await read(file);
  } catch (error) {
    throw error instanceof DriftlessError ? error : readFailure(file, error);
  } finally {
    await rm(file.path, { force: true });
  }
};

const readFailure = (file: StagedFile, error: unknown): DriftlessError => {
  const [first = '', ...others] = (error instanceof Error ? error.message : String(error)).split('\n');
  // The binding has no error codes: DuckDB puts the exception's type before the first colon.
  if (first.startsWith('Out of Memory Error')) {
    return new DriftlessError(
      'too-large',
      `The file ${file.key} needs more memory than this function may use. Split the file, or give the function more.`,
      { cause: error },
    );
  }
  // The lines between may quote rows of the file.
  const detail = [first.replace(/^[\w ]+ Error: /, ''), ...others.filter((line) => line.startsWith('Expected '))];
  const cause = detail.join('; ').replaceAll(file.path, file.key).slice(0, 300);
  return new DriftlessError('unreadable', `The file ${file.key} cannot be read: ${cause}`, { cause: error });
};

/** A column or type name in SQL, whatever it holds. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text literal in SQL, for the places where a value cannot be bound. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
