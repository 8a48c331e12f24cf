import type { ColumnBins, ColumnCounts, WindowProfile } from '../domain/profile.ts';
import { isoTime } from '../kernel/clock.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { type DuckDbSession, quoteName, type SqlRow } from './duckdb-session.ts';
import { type Column, columnOf, type Table } from './duckdb-table.ts';
import { numberSql, textSql, windowSql } from './duckdb-values.ts';
import type { ProfileRequest } from './port.ts';

// Codes beside the cells 0, 1, …
const missing = -1;
const invalid = -2;

/**
 * Every row is turned into one cell number for each column, and one scan counts them all by GROUPING SETS. Memory is
 * that of the counts. Throws `unreadable` (rows without a time), `invalid-input` (a number column that is no longer one).
 */
export const profileTable = async (
  session: DuckDbSession,
  table: Table,
  request: ProfileRequest,
): Promise<WindowProfile[]> => {
  const columns = Object.entries(request.bins.columns);
  const cells = [];
  for (const [index, [name, bins]] of columns.entries()) {
    cells.push(await cellSql(session, columnOf(table, name), bins, `category${index}`));
  }
  const time = windowSql(columnOf(table, request.timestamp), request.windowMs);
  const counts = (await session.query(countSql(table.from, time, cells))).map(countOf);
  if (counts.some(({ start }) => start === null)) await refuseTimes(session, table, request.timestamp, time);
  for (const [index, [name]] of columns.entries()) refuseRetyped(table, name, counts, index);
  return windowsOf(counts, columns);
};

/** `rows` rows of the window had `cell` in the column of that index; index −1 counts the window's rows. */
type Count = { start: number | null; column: number; cell: number; rows: number };

const countOf = (row: SqlRow): Count => ({
  start: row['start'] === null ? null : Number(row['start']),
  column: Number(row['column']),
  cell: Number(row['cell']),
  rows: Number(row['rows']),
});

const countSql = (from: string, time: string, cells: string[]): string => {
  const names = cells.map((_, index) => `k${index}`);
  // A row of the result has the cell of one column; the others are null there, by GROUPING SETS.
  const column = names.map((name, index) => `WHEN ${name} IS NOT NULL THEN ${index}`).join(' ');
  return `
    SELECT w::DOUBLE AS start, CASE ${column} WHEN true THEN -1 END AS "column", coalesce(${[...names, '0'].join(', ')}) AS cell,
      count(*)::DOUBLE AS "rows"
    FROM (SELECT ${[`${time} AS w`, ...cells.map((cell, index) => `${cell} AS k${index}`)].join(', ')} FROM ${from})
    GROUP BY GROUPING SETS (${['(w)', ...names.map((name) => `(w, ${name})`)].join(', ')})`;
};

/** SQL for a row's cell in one column: its number, or `missing`, or `invalid`. */
const cellSql = async (session: DuckDbSession, column: Column, bins: ColumnBins, typeName: string): Promise<string> => {
  if (bins.kind === 'numeric') {
    const x = numberSql(column);
    return `CASE WHEN ${column.sql} IS NULL THEN ${missing} WHEN ${x} IS NULL THEN ${invalid}
            WHEN NOT isfinite(${x}) THEN ${missing} ELSE ${searchSql(x, bins.edges)} END`;
  }
  // Casting to an ENUM is DuckDB's hash look-up of a text; the values are bound, never written into SQL.
  await session.query(`CREATE TYPE ${quoteName(typeName)} AS ENUM (SELECT unnest($1))`, [bins.values]);
  const text = textSql(column);
  return `CASE WHEN ${column.sql} IS NULL THEN ${missing}
          ELSE coalesce(CAST(enum_code(TRY_CAST(${text} AS ${quoteName(typeName)})) AS INTEGER), ${bins.values.length}) END`;
};

/** Binary search as nested CASE: the number of edges that are less than x. */
const searchSql = (x: string, edges: number[], from = 0, to = edges.length): string => {
  if (from === to) return String(from);
  const middle = (from + to) >> 1;
  return `(CASE WHEN ${x} <= CAST('${edges[middle]}' AS DOUBLE) THEN ${searchSql(x, edges, from, middle)} ELSE ${searchSql(x, edges, middle + 1, to)} END)`;
};

const refuseTimes = async (session: DuckDbSession, table: Table, name: string, time: string): Promise<void> => {
  const [bad] = await session.query(
    `SELECT count(*)::DOUBLE AS n, min(row)::DOUBLE AS first
     FROM (SELECT ${time} AS w, row_number() OVER () AS row FROM ${table.from}) WHERE w IS NULL`,
  );
  throw new DriftlessError(
    'unreadable',
    `The file ${table.key} has ${Number(bad?.['n'])} rows without a readable time in ${JSON.stringify(name)}, the first is row ${Number(bad?.['first'])}. Times are timestamps, ISO 8601 text or milliseconds since 1970.`,
  );
};

const refuseRetyped = (table: Table, name: string, counts: Count[], index: number): void => {
  const cells = counts.filter(({ column }) => column === index).map(({ cell }) => cell);
  if (!cells.includes(invalid) || cells.some((cell) => cell >= 0)) return;
  throw new DriftlessError(
    'invalid-input',
    `The column ${JSON.stringify(name)} of ${table.key} was numeric and now holds no number.`,
    { faults: [{ path: name, message: 'holds no number' }] },
  );
};

const windowsOf = (counts: Count[], columns: [string, ColumnBins][]): WindowProfile[] => {
  const windows = new Map<number, { rows: number; columns: ColumnCounts[] }>();
  for (const { start, column, cell, rows } of counts) {
    const window = windows.get(start ?? 0) ?? { rows: 0, columns: columns.map(([, bins]) => noCounts(bins)) };
    windows.set(start ?? 0, window);
    const counted = window.columns[column];
    if (!counted) window.rows = rows;
    else if (cell < 0) counted.missing += rows;
    else counted.cells[cell] = rows;
  }
  return [...windows]
    .toSorted(([a], [b]) => a - b)
    .map(([start, window]) => ({
      windowStart: isoTime(start),
      rows: window.rows,
      columns: Object.fromEntries(
        columns.map(([name, bins], index) => [name, window.columns[index] ?? noCounts(bins)]),
      ),
    }));
};

const noCounts = (bins: ColumnBins): ColumnCounts => {
  const { length } = bins.kind === 'numeric' ? bins.edges : bins.values;
  return { cells: Array.from({ length: length + 1 }, () => 0), missing: 0 };
};
