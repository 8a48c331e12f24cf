import type { ObjectStore } from '../object-store/port.ts';
import { learnColumn } from './duckdb-bins.ts';
import { joinLosses } from './duckdb-losses.ts';
import { profileTable } from './duckdb-profile.ts';
import { type DuckDbSession, withSession } from './duckdb-session.ts';
import { openTable, type Table } from './duckdb-table.ts';
import type { TableReader } from './port.ts';

/**
 * `tempDir`: where files are copied to while they are read; each call uses a private folder there and deletes it.
 * `memoryMb`: DuckDB's own limit (default 256), beyond which it spills to that folder. `threads`: default 2.
 */
export type DuckDbTableReaderOptions = { store: ObjectStore; tempDir: string; memoryMb?: number; threads?: number };

/** Reads data files with an in-process DuckDB that sees one folder and no network. */
export const duckDbTableReader = (options: DuckDbTableReaderOptions): TableReader => {
  const { store, tempDir, memoryMb = 256, threads = 2 } = options;
  const reading = <Result>(work: (session: DuckDbSession) => Promise<Result>): Promise<Result> =>
    withSession({ store, tempDir, memoryMb, threads }, work);
  const readingTable = <Result>(
    key: string,
    columns: string[],
    work: (session: DuckDbSession, table: Table) => Promise<Result>,
  ): Promise<Result> =>
    reading((session) => session.readFile(key, async (file) => work(session, await openTable(session, file, columns))));

  return {
    learnBins: (key, columns) =>
      readingTable(key, columns, async (session, table) => {
        const learnt = [];
        // One column at a time: exact quantiles hold all values of their column.
        for (const column of columns) learnt.push([column, await learnColumn(session, table, column)] as const);
        return { columns: Object.fromEntries(learnt) };
      }),

    profile: (key, request) =>
      readingTable(key, [request.timestamp, ...Object.keys(request.bins.columns)], (session, table) =>
        profileTable(session, table, request),
      ),

    losses: (predictions, labels, request) => reading((session) => joinLosses(session, predictions, labels, request)),
  };
};
