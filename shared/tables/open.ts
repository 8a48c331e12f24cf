import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDbTableReaderOptions } from './duckdb.ts';
import type { TableReader } from './port.ts';

/** The table reader of this deployment. The driver is loaded here, so that only who reads tables carries it. */
export const openTables = async (options: DuckDbTableReaderOptions): Promise<TableReader> => {
  const { duckDbTableReader } = await import('./duckdb.ts');
  return duckDbTableReader(options);
};

/** A table reader whose keys are paths of this machine. */
export const openLocalTables = async (): Promise<TableReader> => {
  const { localFiles } = await import('./local-files.ts');
  return openTables({ store: localFiles, tempDir: join(tmpdir(), 'driftless-tables') });
};
