import type { DuckDbTableReaderOptions } from './duckdb.ts';
import type { TableReader } from './port.ts';

/** The table reader of this deployment. The driver is loaded here, so that only who reads tables carries it. */
export const openTables = async (options: DuckDbTableReaderOptions): Promise<TableReader> => {
  const { duckDbTableReader } = await import('./duckdb.ts');
  return duckDbTableReader(options);
};
