import type { ColumnBins } from '../domain/profile.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { edgesOf, isNumericText, maxValues, quantileSteps } from './duckdb-edges.ts';
import type { DuckDbSession } from './duckdb-session.ts';
import { type Column, columnOf, type Table } from './duckdb-table.ts';
import { numberSql, textSql } from './duckdb-values.ts';

/** The cells of one column of the table. Throws `invalid-input` when the column holds no value to learn from. */
export const learnColumn = async (session: DuckDbSession, table: Table, name: string): Promise<ColumnBins> => {
  const column = columnOf(table, name);
  const bins = (await isNumeric(session, table, column))
    ? ({ kind: 'numeric', edges: edgesOf(await quantiles(session, table, column)) } as const)
    : ({ kind: 'category', values: await commonestValues(session, table, column) } as const);
  if ((bins.kind === 'numeric' ? bins.edges : bins.values).length > 0) return bins;
  throw new DriftlessError(
    'invalid-input',
    `The column ${JSON.stringify(name)} of ${table.key} holds no value to learn from.`,
    { faults: [{ path: name, message: 'holds no value' }] },
  );
};

const isNumeric = async (session: DuckDbSession, table: Table, column: Column): Promise<boolean> => {
  if (column.type !== 'text') return column.type === 'number';
  const [counts] = await session.query(
    `SELECT count(${column.sql})::DOUBLE AS present, count(${numberSql(column)})::DOUBLE AS numbers FROM ${table.from}`,
  );
  return isNumericText(Number(counts?.['present']), Number(counts?.['numbers']));
};

const quantiles = async (session: DuckDbSession, table: Table, column: Column): Promise<number[]> => {
  const steps = Array.from({ length: quantileSteps - 1 }, (_, i) => ((i + 1) / quantileSteps).toFixed(4)).join(', ');
  const rows = await session.query(
    `SELECT unnest(quantile_disc(x, [${steps}])) AS x FROM (SELECT ${numberSql(column)} AS x FROM ${table.from}) WHERE isfinite(x)`,
  );
  return rows.map((row) => Number(row['x']));
};

const commonestValues = async (session: DuckDbSession, table: Table, column: Column): Promise<string[]> => {
  const rows = await session.query(
    `SELECT ${textSql(column)} AS value FROM ${table.from} WHERE ${column.sql} IS NOT NULL
     GROUP BY value ORDER BY count(*) DESC, value LIMIT ${maxValues}`,
  );
  return rows.map((row) => String(row['value']));
};
