import type { Column, ColumnType } from './duckdb-table.ts';

/** SQL for the column as DOUBLE, null where it is no number. NaN and infinities stay. */
export const numberSql = ({ sql, type }: Column): string =>
  type === 'number' ? `CAST(${sql} AS DOUBLE)` : `TRY_CAST(CAST(${sql} AS VARCHAR) AS DOUBLE)`;

/** SQL for the column as text, null where there is none. */
export const textSql = ({ sql, type }: Column): string =>
  type === 'text' || type === 'string' ? sql : `CAST(${sql} AS VARCHAR)`;

// Years 0 to 9999, which is what ISO 8601 writes with four digits; microseconds taken for milliseconds fall outside.
const [minTime, maxTime] = [-62_167_219_200_000, 253_402_300_799_999];

/** SQL for the start (ms since 1970-01-01 UTC) of the window that a timestamp column puts a row in; null if unreadable. */
export const windowSql = (column: Column, windowMs: number): string => {
  const ms = epochMsSql(column);
  return `(CASE WHEN ${ms} BETWEEN ${minTime} AND ${maxTime} THEN ${ms} - ((${ms} % ${windowMs}) + ${windowMs}) % ${windowMs} END)`;
};

/** Times without a zone are UTC; whole numbers are milliseconds. */
export const epochMsSql = ({ sql, type }: Column): string => epochMsOf[type](sql);

const textTime = (sql: string): string =>
  `(CASE WHEN regexp_full_match(${sql}, '-?[0-9]+') THEN TRY_CAST(${sql} AS BIGINT) ELSE epoch_ms(TRY_CAST(${sql} AS TIMESTAMPTZ)) END)`;
const noTime = (): string => 'CAST(NULL AS BIGINT)';

const epochMsOf: Record<ColumnType, (sql: string) => string> = {
  'zoned-time': (sql) => `epoch_ms(${sql})`,
  time: (sql) => `epoch_ms(CAST(${sql} AS TIMESTAMP))`,
  number: (sql) => `TRY_CAST(floor(${sql}) AS BIGINT)`,
  text: textTime,
  string: textTime,
  boolean: noTime,
  other: noTime,
};
