import type { BinSet } from '../domain/bins.ts';
import { rowCounter, type RowCounter, TooManyCounts } from '../domain/count-rows.ts';
import { presentRows } from '../domain/counts.ts';
import type { WindowProfile } from '../domain/window-profile.ts';
import { isoTime } from '../kernel/clock.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { cellSql } from './duckdb-cells.ts';
import type { DuckDbSession } from './duckdb-session.ts';
import { columnOf, type Table } from './duckdb-table.ts';
import { textSql, windowSql } from './duckdb-values.ts';
import type { CountedFile, CountRequest } from './port.ts';

/** A scan holds a few thousand rows of so many columns, and counts of so many bytes. */
const columnsPerScan = 256;
const bytesPerScan = 96 * 2 ** 20;

/** Columns that the file must have: labels may come later, in another file. */
export const requiredColumns = ({ bins, timestamp, predictionId }: CountRequest): string[] => [
  ...(timestamp === null ? [] : [timestamp]),
  ...(predictionId === undefined ? [] : [predictionId]),
  ...Object.keys(bins.columns).filter((name) => name !== bins.outcome?.label),
];

/**
 * Counts the rows of the table in one scan, or in more where there are very many columns or windows. Throws
 * `unreadable` (no row has a time), `invalid-input` (a number column that is no longer one), `too-large` (windows).
 */
export const countTable = async (session: DuckDbSession, table: Table, request: CountRequest): Promise<CountedFile> => {
  const found = Object.keys(request.bins.columns).filter((name) => table.columns.has(name));
  const joint = outcomeColumns(request.bins);
  const [first = [], ...others] = scansOf([
    ...found.filter((name) => joint.includes(name)),
    ...found.filter((name) => !joint.includes(name)),
  ]);
  const scans = await countColumns(session, table, request, first, request.bins);
  const bins: BinSet = { ...request.bins, outcome: null };
  for (const names of others) scans.push(...(await countColumns(session, table, request, names, bins)));
  const windows = joinColumns(scans, found);
  refuseRetyped(table, request.bins, windows);
  const timed = windows.reduce((sum, { rows }) => sum + rows, 0);
  return { ...(await readRest(session, table, request, timed)), windows };
};

const outcomeColumns = ({ outcome }: BinSet): (string | undefined)[] =>
  outcome ? [outcome.score, outcome.prediction, outcome.label, ...outcome.groups] : [];

const scansOf = (names: string[]): string[][] =>
  Array.from({ length: Math.max(1, Math.ceil(names.length / columnsPerScan)) }, (_, i) =>
    names.slice(i * columnsPerScan, (i + 1) * columnsPerScan),
  );

/** The same windows once for each scan that it took, each with some of the columns. */
const countColumns = async (
  session: DuckDbSession,
  table: Table,
  request: CountRequest,
  names: string[],
  bins: BinSet,
): Promise<WindowProfile[][]> => {
  const counter = rowCounter(bins, names, bytesPerScan);
  try {
    await scan(session, table, request, names, counter);
    return [counter.profiles(isoTime)];
  } catch (error) {
    if (!(error instanceof TooManyCounts)) throw error;
  }
  const joint = names.filter((name) => outcomeColumns(bins).includes(name)).length;
  const half = Math.max(joint, Math.ceil(names.length / 2));
  if (half >= names.length) {
    throw new DriftlessError(
      'too-large',
      `The file ${table.key} has rows of too many windows to count at once. Split it by time, or take longer windows.`,
    );
  }
  const head = await countColumns(session, table, request, names.slice(0, half), bins);
  return [...head, ...(await countColumns(session, table, request, names.slice(half), { ...bins, outcome: null }))];
};

const scan = async (
  session: DuckDbSession,
  table: Table,
  request: CountRequest,
  names: string[],
  counter: RowCounter,
): Promise<void> => {
  const cells = [];
  for (const [index, name] of names.entries()) {
    const bins = request.bins.columns[name];
    if (bins) cells.push(await cellSql(session, columnOf(table, name), bins, `category${index}`));
  }
  const selected = [startSql(table, request), ...cells].map((sql, index) => `${sql} AS v${index}`).join(', ');
  await session.scan(`SELECT ${selected} FROM ${table.from}`, ({ rows, column }) => {
    const values = names.map((_, index) => {
      const read = column(index + 1);
      return (row: number): number => read(row) as number;
    });
    counter.add({ rows, starts: column(0), columns: values });
  });
};

const startSql = (table: Table, { timestamp, windowMs }: CountRequest): string =>
  timestamp === null ? '0::DOUBLE' : `CAST(${windowSql(columnOf(table, timestamp), windowMs)} AS DOUBLE)`;

const joinColumns = (scans: WindowProfile[][], names: string[]): WindowProfile[] =>
  (scans[0] ?? []).map((window, index) => {
    const columns = Object.assign({}, ...scans.map((windows) => windows[index]?.columns)) as WindowProfile['columns'];
    const inOrder = names.flatMap((name) => (columns[name] ? [[name, columns[name]] as const] : []));
    return { ...window, columns: Object.fromEntries(inOrder) };
  });

const refuseRetyped = (table: Table, { columns }: BinSet, windows: WindowProfile[]): void => {
  for (const [name, bins] of Object.entries(columns)) {
    const counts = windows.flatMap((window) => window.columns[name] ?? []);
    const holdsInvalidOnly = counts.some(({ invalid }) => invalid > 0) && counts.every((own) => presentRows(own) === 0);
    if (bins.kind !== 'numeric' || !holdsInvalidOnly) continue;
    throw new DriftlessError(
      'invalid-input',
      `The column ${JSON.stringify(name)} of ${table.key} was numeric and now holds no number.`,
      { faults: [{ path: name, message: 'holds no number' }] },
    );
  }
};

/** What no window tells: rows without a time, and ids that come again. */
const readRest = async (
  session: DuckDbSession,
  table: Table,
  request: CountRequest,
  timed: number,
): Promise<Omit<CountedFile, 'windows'>> => {
  const id = request.predictionId === undefined ? null : textSql(columnOf(table, request.predictionId));
  const [counted] = await session.query(
    `SELECT count(*)::DOUBLE AS "rows" ${id === null ? '' : `, (count(${id}) - count(DISTINCT ${id}))::DOUBLE AS repeated`} FROM ${table.from}`,
  );
  const rows = Number(counted?.['rows']);
  const repeatedIds = id === null ? null : Number(counted?.['repeated']);
  if (rows === timed) return { rows, untimed: null, repeatedIds };
  const [bad] = await session.query(
    `SELECT min(place)::DOUBLE AS first FROM (SELECT ${startSql(table, request)} AS w, row_number() OVER () AS place FROM ${table.from}) WHERE w IS NULL`,
  );
  const untimed = { rows: rows - timed, first: Number(bad?.['first']) };
  if (timed > 0) return { rows, untimed, repeatedIds };
  throw new DriftlessError(
    'unreadable',
    `The file ${table.key} has no row with a readable time in ${JSON.stringify(request.timestamp)}. Times are timestamps, ISO 8601 text or milliseconds since 1970.`,
  );
};
