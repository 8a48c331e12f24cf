import type { Outcome } from '../domain/bins.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { countTable, requiredColumns } from './duckdb-count.ts';
import { learnBinSet, learntColumns } from './duckdb-learn.ts';
import { joinPerformance } from './duckdb-performance.ts';
import { type DuckDbSession, withSession } from './duckdb-session.ts';
import { openTable, type Table } from './duckdb-table.ts';
import type { TableReader } from './port.ts';

/**
 * `tempDir`: where files are copied to while they are read; each call uses a private folder there and deletes it.
 * `memoryMb`: DuckDB's own limit (default 256), beyond which it spills to that folder. `threads`: default 2.
 */
export type DuckDbTableReaderOptions = {
  store: Pick<ObjectStore, 'stream'>;
  tempDir: string;
  memoryMb?: number;
  threads?: number;
};

/** Reads data files with an in-process DuckDB that sees one folder and no network. */
export const duckDbTableReader = (options: DuckDbTableReaderOptions): TableReader => {
  const { store, tempDir, memoryMb = 256, threads = 2 } = options;
  const reading = <Result>(work: (session: DuckDbSession) => Promise<Result>): Promise<Result> =>
    withSession({ store, tempDir, memoryMb, threads }, work);
  const readingTable = <Result>(
    key: string,
    columns: string[],
    work: (session: DuckDbSession, table: Table) => Promise<Result>,
    optional?: string[] | 'all',
  ): Promise<Result> =>
    reading((session) =>
      session.readFile(key, async (file) => work(session, await openTable(session, file, columns, optional))),
    );

  return {
    learn: (key, request) =>
      readingTable(
        key,
        learntColumns(request),
        (session, table) => learnBinSet(session, table, request),
        request.columns === null ? 'all' : labelColumn(request.outcome),
      ),

    count: (key, request) =>
      readingTable(
        key,
        requiredColumns(request),
        (session, table) => countTable(session, table, request),
        labelColumn(request.bins.outcome),
      ),

    performance: (predictions, labels, request) =>
      reading((session) => joinPerformance(session, predictions, labels, request)),
  };
};

/** Labels come late: a file may lack them. */
const labelColumn = (outcome: Outcome | null | undefined): string[] => (outcome?.label ? [outcome.label] : []);
