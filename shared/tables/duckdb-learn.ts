import {
  type BinSet,
  type CategoryBins,
  type ColumnBins,
  largestNumber,
  type NumericBins,
  type Outcome,
  resolutionOf,
  scoreBins,
} from '../domain/bins.ts';
import { categoriesNeeded, categoryBins, edgeLearner, isNumericText, numericBins } from '../domain/learn-bins.ts';
import { categorySql, measureSql } from './duckdb-cells.ts';
import type { DuckDbSession } from './duckdb-session.ts';
import { type Column, columnOf, type Table } from './duckdb-table.ts';
import type { ColumnRequest, LearnRequest } from './port.ts';

/** Columns that the file must have to learn from. Labels come late. */
export const learntColumns = ({ columns, outcome }: LearnRequest): string[] => [
  ...(columns ?? []).map(({ name }) => name),
  ...(outcome ? [outcome.score, outcome.prediction, ...outcome.groups].filter((name) => name !== undefined) : []),
];

export const learnBinSet = async (session: DuckDbSession, table: Table, request: LearnRequest): Promise<BinSet> => {
  const requests = request.columns ?? [...table.columns.keys()].map((name) => ({ name }));
  const resolution = request.resolution ?? resolutionOf(requests.length);
  const columns: Record<string, ColumnBins> = {};
  for (let from = 0; from < requests.length; from += columnsPerCopy) {
    const some = requests.slice(from, from + columnsPerCopy);
    const narrow = requests.length > columnsPerCopy ? await copyColumns(session, table, some) : table;
    const kinds = await kindsOf(session, narrow, some);
    for (const [index, { name }] of some.entries()) {
      columns[name] = await learnColumn(session, columnOf(table, name), narrow, kinds[index] ?? 'category', resolution);
    }
  }
  if (!request.outcome) return { format: 2, columns, outcome: null };
  const joint = await learnOutcome(session, table, request.outcome, resolution);
  return { format: 2, columns: { ...columns, ...joint.columns }, outcome: joint.outcome };
};

/** Each query over a file looks at the names of all its columns: thousands of them are copied a part at a time. */
const columnsPerCopy = 100;

const copyColumns = async (session: DuckDbSession, table: Table, requests: ColumnRequest[]): Promise<Table> => {
  const names = requests.map(({ name }) => columnOf(table, name).sql).join(', ');
  await session.query(`CREATE OR REPLACE TEMP TABLE some_columns AS SELECT ${names} FROM ${table.from}`);
  return { ...table, from: 'some_columns' };
};

type Kind = 'number' | 'time' | 'category';

const stated = { numeric: 'number', timestamp: 'time', category: 'category', boolean: 'category' } as const;
const inferred = {
  number: 'number',
  time: 'time',
  'zoned-time': 'time',
  boolean: 'category',
  string: 'category',
  other: 'category',
} as const;

/** As stated, else by the column's type; untyped text by what nearly all its values are. */
const kindsOf = async (session: DuckDbSession, table: Table, requests: ColumnRequest[]): Promise<Kind[]> => {
  const kinds: Kind[] = [];
  for (const { name, type } of requests) {
    const column = columnOf(table, name);
    if (type) kinds.push(stated[type]);
    else kinds.push(column.type === 'text' ? await kindOfText(session, table, column) : inferred[column.type]);
  }
  return kinds;
};

const kindOfText = async (session: DuckDbSession, table: Table, column: Column): Promise<Kind> => {
  const valid = (of: 'number' | 'time') => `count(*) FILTER (${isValid(measureSql(column, of))})::DOUBLE`;
  const [counts] = await session.query(
    `SELECT count(${column.sql})::DOUBLE AS present, ${valid('number')} AS numbers, ${valid('time')} AS times FROM ${table.from}`,
  );
  const present = Number(counts?.['present']);
  if (isNumericText(present, Number(counts?.['numbers']))) return 'number';
  return isNumericText(present, Number(counts?.['times'])) ? 'time' : 'category';
};

/** False for NaN and infinities too. */
const isValid = (sql: string): string => `${sql} BETWEEN -${largestNumber} AND ${largestNumber}`;

const learnColumn = async (
  session: DuckDbSession,
  column: Column,
  table: Table,
  kind: Kind,
  resolution: number,
): Promise<ColumnBins> => {
  if (kind === 'category') return learnCategories(session, column, table, resolution);
  return (
    (await learnNumbers(session, column, table, kind, resolution)) ??
    learnCategories(session, column, table, resolution)
  );
};

/** Null when the column holds no number. */
const learnNumbers = async (
  session: DuckDbSession,
  column: Column,
  table: Table,
  of: 'number' | 'time',
  resolution: number,
): Promise<NumericBins | null> => {
  const values = `SELECT ${measureSql(column, of)} AS x FROM ${table.from}`;
  const [counted] = await session.query(`SELECT count(*)::DOUBLE AS n FROM (${values}) WHERE ${isValid('x')}`);
  const learner = edgeLearner(Number(counted?.['n']), resolution);
  await session.scan(
    `SELECT x, count(*)::DOUBLE AS n FROM (${values}) WHERE ${isValid('x')} GROUP BY x ORDER BY x`,
    ({ rows, column: read }) => {
      const [x, n] = [read(0), read(1)];
      // Adding zero turns −0, which JSON does not know, into 0.
      for (let row = 0; row < rows; row += 1) learner.add((x(row) ?? 0) + 0, n(row) ?? 0);
    },
  );
  const learnt = learner.edges();
  return learnt.edges.length === 0 ? null : numericBins(of, learnt);
};

const learnCategories = async (
  session: DuckDbSession,
  column: Column,
  table: Table,
  resolution: number,
): Promise<CategoryBins> => {
  const rows = await session.query(
    `SELECT value FROM (SELECT ${categorySql(column)} AS value FROM ${table.from}) WHERE value IS NOT NULL
     GROUP BY value ORDER BY count(*) DESC, value LIMIT ${categoriesNeeded(resolution)}`,
  );
  return categoryBins(
    rows.map((row) => String(row['value'])),
    resolution,
  );
};

/** Predictions and labels of more values than this are numbers; of fewer they are classes. */
const mostClasses = 50;

/** Scores that are probabilities have a fixed grid. A label that is not there yet is taken to be like a prediction. */
const learnOutcome = async (
  session: DuckDbSession,
  table: Table,
  outcome: Outcome,
  resolution: number,
): Promise<{ columns: Record<string, ColumnBins>; outcome: Outcome }> => {
  const columns: Record<string, ColumnBins> = {};
  const learn = (name: string, kind: Kind) => learnColumn(session, columnOf(table, name), table, kind, resolution);
  const classes = async (name: string): Promise<ColumnBins> => {
    const numbers = await learn(name, 'number');
    return numbers.kind === 'numeric' && numbers.edges.length > mostClasses ? numbers : learn(name, 'category');
  };
  const { score, prediction, label, groups } = outcome;
  for (const group of groups) columns[group] = await learn(group, 'category');
  if (score !== undefined) {
    const learnt = await learn(score, 'number');
    columns[score] = isProbability(learnt) ? scoreBins : learnt;
  }
  if (prediction !== undefined) columns[prediction] = await classes(prediction);
  const known = label === undefined ? undefined : await labelBins(table, label, columns[prediction ?? ''], classes);
  if (label !== undefined && known) columns[label] = known;
  return {
    columns,
    outcome: known ? outcome : { groups, ...(score ? { score } : {}), ...(prediction ? { prediction } : {}) },
  };
};

const labelBins = async (
  table: Table,
  label: string,
  ofPrediction: ColumnBins | undefined,
  classes: (name: string) => Promise<ColumnBins>,
): Promise<ColumnBins | undefined> => (table.columns.has(label) ? classes(label) : ofPrediction);

const isProbability = (bins: ColumnBins): boolean =>
  bins.kind === 'numeric' && (bins.edges[0] ?? -1) >= 0 && (bins.edges.at(-1) ?? 2) <= 1;
