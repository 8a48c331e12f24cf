import { type CategoryBins, type ColumnBins, otherCell, unseenCell } from '../domain/bins.ts';
import { type DuckDbSession, quoteName } from './duckdb-session.ts';
import type { Column } from './duckdb-table.ts';
import { epochMsSql, textSql } from './duckdb-values.ts';

/** SQL for the column as DOUBLE: NaN where it is missing, infinite where it is no number (or no time). */
export const measureSql = (column: Column, of: 'number' | 'time'): string => {
  const { sql, type } = column;
  if (type === 'number') return `coalesce(CAST(${sql} AS DOUBLE), 'nan'::DOUBLE)`;
  if (type === 'boolean') return `coalesce(CAST(CAST(${sql} AS INTEGER) AS DOUBLE), 'nan'::DOUBLE)`;
  const isTime = type === 'time' || type === 'zoned-time' || of === 'time';
  const value = isTime ? `CAST(${epochMsSql(column)} AS DOUBLE)` : `TRY_CAST(CAST(${sql} AS VARCHAR) AS DOUBLE)`;
  return `CASE WHEN ${sql} IS NULL THEN 'nan'::DOUBLE ELSE coalesce(${value}, 'inf'::DOUBLE) END`;
};

/** A text longer than this is kept as its beginning and a digest. */
const longestText = 200;

/** SQL for the column as a category: text, null where it is missing. 1 and 1.0 are the same category. */
export const categorySql = (column: Column): string => {
  const { sql, type } = column;
  const text = textSql(column);
  if (type === 'number') {
    const x = `CAST(${sql} AS DOUBLE)`;
    return `(CASE WHEN isnan(${x}) THEN NULL WHEN ${x} = trunc(${x}) AND abs(${x}) < 1e15 THEN CAST(CAST(${sql} AS BIGINT) AS VARCHAR) ELSE ${text} END)`;
  }
  if (type === 'boolean') return text;
  return `(CASE WHEN length(${text}) > ${longestText} THEN left(${text}, 150) || ' … ' || md5(${text}) ELSE ${text} END)`;
};

/** SQL for what `ColumnCounter.add` takes; `typeName` is a name in this session that nothing else has. */
export const cellSql = async (
  session: DuckDbSession,
  column: Column,
  bins: ColumnBins,
  typeName: string,
): Promise<string> =>
  bins.kind === 'numeric' ? measureSql(column, bins.of) : categoryCellSql(session, column, bins, typeName);

const categoryCellSql = async (
  session: DuckDbSession,
  column: Column,
  bins: CategoryBins,
  typeName: string,
): Promise<string> => {
  const known = [...bins.values, ...bins.rare];
  const text = categorySql(column);
  const unknown = bins.openEnded ? otherCell(bins) : unseenCell(bins);
  if (known.length === 0) return `CASE WHEN ${text} IS NULL THEN -1.0::DOUBLE ELSE ${unknown}::DOUBLE END`;
  // Casting to an ENUM is DuckDB's hash look-up of a text; the values are bound, never written into SQL.
  await session.query(`CREATE OR REPLACE TYPE ${quoteName(typeName)} AS ENUM (SELECT unnest($1))`, [known]);
  const code = `CAST(enum_code(TRY_CAST(${text} AS ${quoteName(typeName)})) AS INTEGER)`;
  return `CAST(CASE WHEN ${text} IS NULL THEN -1 WHEN ${code} IS NULL THEN ${unknown} ELSE least(${code}, ${otherCell(bins)}) END AS DOUBLE)`;
};
