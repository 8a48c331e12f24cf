import type { BinSet, ColumnBins } from '../domain/bins.ts';
import { rowCounter, type RowCounter, TooManyCounts } from '../domain/count-rows.ts';
import { retypedColumns, type WindowProfile } from '../domain/window-profile.ts';
import { isoTime } from '../kernel/clock.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { cellSql } from './duckdb-cells.ts';
import type { DuckDbSession } from './duckdb-session.ts';
import { columnOf, type Table } from './duckdb-table.ts';
import { textSql, windowSql } from './duckdb-values.ts';
import type { CountedFile, CountRequest } from './port.ts';

/** A scan holds a few thousand rows of so many columns, and counts of so many bytes. */
const columnsPerScan = 128;
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
  const [grouped, single] = [true, false].map((is) =>
    found.filter((name) => !joint.includes(name) && hasFewValues(request.bins.columns[name]) === is),
  );
  const byRow = [...found.filter((name) => joint.includes(name)), ...(single ?? [])];
  const scans: WindowProfile[][] = [];
  for (const names of scansOf(byRow)) {
    const bins: BinSet = scans.length === 0 ? request.bins : { ...request.bins, outcome: null };
    scans.push(...(await countColumns(session, table, request, names, bins, scanRows)));
  }
  const bins: BinSet = { ...request.bins, outcome: null };
  for (const names of scans.length > 0 && grouped?.length === 0 ? [] : scansOf(grouped ?? [], true)) {
    scans.push(...(await countColumns(session, table, request, names, bins, scanGroups)));
  }
  const windows = joinColumns(scans, found);
  refuseRetyped(table, request.bins, windows);
  const timed = windows.reduce((sum, { rows }) => sum + rows, 0);
  return { ...(await readRest(session, table, request, timed)), windows };
};

/** DuckDB groups equal values faster than rows can be handed over one by one, as long as there are few. */
const hasFewValues = (bins: ColumnBins | undefined): boolean =>
  bins?.kind === 'numeric' ? bins.complete : bins?.openEnded === false;

const outcomeColumns = ({ outcome }: BinSet): (string | undefined)[] =>
  outcome ? [outcome.score, outcome.prediction, outcome.label, ...outcome.groups] : [];

const scansOf = (names: string[], atLeastOne = false): string[][] =>
  Array.from({ length: Math.max(atLeastOne ? 1 : 0, Math.ceil(names.length / columnsPerScan)) }, (_, i) =>
    names.slice(i * columnsPerScan, (i + 1) * columnsPerScan),
  );

/** The same windows once for each scan that it took, each with some of the columns. */
const countColumns = async (
  session: DuckDbSession,
  table: Table,
  request: CountRequest,
  names: string[],
  bins: BinSet,
  scan: Scan,
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
  const head = await countColumns(session, table, request, names.slice(0, half), bins, scan);
  const rest: BinSet = { ...bins, outcome: null };
  return [...head, ...(await countColumns(session, table, request, names.slice(half), rest, scan))];
};

type Scan = (
  session: DuckDbSession,
  table: Table,
  request: CountRequest,
  names: string[],
  counter: RowCounter,
) => Promise<void>;

const scanRows: Scan = async (session, table, request, names, counter) => {
  const cells: string[] = [];
  for (const [index, name] of names.entries()) {
    cells.push(await cellSql(session, columnOf(table, name), binsOf(request, name), `category${index}`));
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

const scanGroups: Scan = async (session, table, request, names, counter) => {
  const cells: { when: string; index: number; cell: string }[] = [];
  for (const [index, name] of names.entries()) {
    const grouped = { ...columnOf(table, name), sql: `c${index}` };
    const cell = await cellSql(session, grouped, binsOf(request, name), `category${index}`);
    cells.push({ when: `WHEN g${index} = 0 THEN`, index, cell });
  }
  const columns = names.map((name, index) => `${columnOf(table, name).sql} AS c${index}`);
  const sets = ['(w)', ...names.map((_, index) => `(w, c${index})`)].join(', ');
  const grouping = names.map((_, index) => `c${index}, GROUPING(c${index}) AS g${index}, `).join('');
  const of = (then: (cell: (typeof cells)[number]) => string, otherwise: number): string =>
    `CASE ${cells.map((cell) => `${cell.when} ${then(cell)}`).join(' ')} WHEN true THEN ${otherwise} END`;
  await session.collect(
    `SELECT w, CAST(${of(({ index }) => String(index), -1)} AS DOUBLE), CAST(${of(({ cell }) => cell, 0)} AS DOUBLE), n
     FROM (SELECT w, ${grouping} count(*)::DOUBLE AS n
           FROM (SELECT ${[`${startSql(table, request)} AS w`, ...columns].join(', ')} FROM ${table.from})
           GROUP BY GROUPING SETS (${sets}))`,
    ({ rows, column }) => {
      const [start, place, value, count] = [column(0), column(1), column(2), column(3)];
      counter.addGroups({
        length: rows,
        start,
        column: (group) => place(group) as number,
        value: (group) => value(group) as number,
        rows: (group) => count(group) as number,
      });
    },
  );
};

const binsOf = ({ bins }: CountRequest, name: string): ColumnBins => {
  const found = bins.columns[name];
  if (!found) throw new RangeError(`The bin set has no column ${name}`);
  return found;
};

const startSql = (table: Table, { timestamp, windowMs }: CountRequest): string =>
  timestamp === null ? '0::DOUBLE' : `CAST(${windowSql(columnOf(table, timestamp), windowMs)} AS DOUBLE)`;

const joinColumns = (scans: WindowProfile[][], names: string[]): WindowProfile[] =>
  (scans[0] ?? []).map((window, index) => {
    const columns = Object.assign({}, ...scans.map((windows) => windows[index]?.columns)) as WindowProfile['columns'];
    const inOrder = names.flatMap((name) => (columns[name] ? [[name, columns[name]] as const] : []));
    return { ...window, columns: Object.fromEntries(inOrder) };
  });

const refuseRetyped = (table: Table, bins: BinSet, windows: WindowProfile[]): void => {
  const [name] = retypedColumns(bins, windows);
  if (name === undefined) return;
  throw new DriftlessError(
    'invalid-input',
    `The column ${JSON.stringify(name)} of ${table.key} was numeric and now holds no number.`,
    { faults: [{ path: name, message: 'holds no number' }] },
  );
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
