import { largestNumber } from '../domain/bins.ts';
import type { GroupColumn } from './duckdb-places.ts';
import type { DuckDbSession } from './duckdb-session.ts';
import { type Column, columnOf, openTable, type Table } from './duckdb-table.ts';
import { numberSql, textSql, windowSql } from './duckdb-values.ts';
import type { PerformanceRequest, UnusableRows } from './port.ts';

type Task = PerformanceRequest['task'];

/** A row's place in the order of files, then rows: 2^40 rows for each file. */
const rowsPerFile = 1_099_511_627_776;
const placeSql = (fileIndex: number): string => `${fileIndex}::BIGINT * ${rowsPerFile} + row_number() OVER ()`;

/** Loads `predictions`; `fault` is the place of the unreadable column in `predictionColumns`, null when there is none. */
export const loadPredictions = async (
  session: DuckDbSession,
  keys: string[],
  request: PerformanceRequest,
  groups: GroupColumn[],
): Promise<void> => {
  const cells = groups.map(({ name }) => `${name} INTEGER`);
  await session.query(
    `CREATE TABLE predictions (${['id VARCHAR', 'place BIGINT', 'fault INTEGER', 'score DOUBLE', `prediction ${typeOf[request.task]}`, ...cells].join(', ')})`,
  );
  const wanted = [...predictionColumns(request), ...groups.map(({ column }) => column)];
  for (const [index, key] of keys.entries()) {
    await session.readFile(key, async (file) => {
      const table = await openTable(session, file, wanted);
      const cellsOf = groups.map(({ column, cell }) => cell(textSql(columnOf(table, column))));
      const { score, prediction, readable } = valuesOf(table, request);
      const columns = [idSql(columnOf(table, request.predictionId)), placeSql(index), 'NULL', score, prediction];
      const read = `SELECT ${[...columns, ...cellsOf].map((sql, place) => `${sql} AS v${place}`).join(', ')} FROM ${table.from}`;
      const fault = faultSql(['v0 IS NOT NULL', ...readable]);
      await session.query(`INSERT INTO predictions SELECT * REPLACE (${fault} AS v2) FROM (${read})`);
    });
  }
};

/** `readable`: conditions, for the columns after the id. Without a prediction column a score of a half or more is true. */
const valuesOf = (table: Table, request: PerformanceRequest) => {
  const valueOf = (name: string): string => valueSql[request.task](columnOf(table, name));
  const score = request.score === null ? 'NULL' : numberSql(columnOf(table, request.score));
  const prediction = request.prediction === null ? `${score} >= 0.5` : valueOf(request.prediction);
  const readable = [
    ...(request.score === null ? [] : ['v3 BETWEEN 0 AND 1']),
    ...(request.prediction === null ? [] : ['v4 IS NOT NULL']),
  ];
  return { score, prediction, readable };
};

/** Loads `labels`, without the rows that hold none. */
export const loadLabels = async (
  session: DuckDbSession,
  keys: string[],
  request: PerformanceRequest,
): Promise<void> => {
  await session.query(
    `CREATE TABLE labels (id VARCHAR, place BIGINT, fault INTEGER, w BIGINT, label ${typeOf[request.task]})`,
  );
  for (const [index, key] of keys.entries()) {
    await session.readFile(key, async (file) => {
      const table = await openTable(session, file, labelColumns(request));
      const label = columnOf(table, request.label);
      const read = `SELECT ${idSql(columnOf(table, request.predictionId))} AS id, ${placeSql(index)} AS place, NULL AS fault,
        ${windowSql(columnOf(table, request.timestamp), request.windowMs)} AS w, ${valueSql[request.task](label)} AS label,
        ${label.sql} IS NULL AS unlabelled FROM ${table.from}`;
      const fault = faultSql(['id IS NOT NULL', 'w IS NOT NULL', 'label IS NOT NULL']);
      await session.query(
        `INSERT INTO labels SELECT * EXCLUDE (unlabelled) REPLACE (${fault} AS fault) FROM (${read}) WHERE NOT unlabelled`,
      );
    });
  }
};

const predictionColumns = ({ predictionId, score, prediction }: PerformanceRequest): string[] =>
  [predictionId, score, prediction].filter((name) => name !== null);
const labelColumns = ({ predictionId, timestamp, label }: PerformanceRequest): string[] => [
  predictionId,
  timestamp,
  label,
];

/** The first condition that does not hold, by its place. */
const faultSql = (conditions: string[]): string =>
  `CASE ${conditions.map((condition, place) => `WHEN (${condition}) IS NOT TRUE THEN ${place}`).join(' ')} END`;

const typeOf: Record<Task, string> = { binary: 'BOOLEAN', multiclass: 'VARCHAR', regression: 'DOUBLE' };

/** Whole numbers are written alike, whatever type they have: pandas makes 7 into 7.0 where a column has a null. */
const wholeSql = (text: string): string => `regexp_replace(${text}, '^(-?[0-9]+)\\.0+$', '\\1')`;
const idSql = (column: Column): string => (column.type === 'number' ? wholeSql(textSql(column)) : textSql(column));

/** SQL for a label or prediction; null for what is none. */
const valueSql: Record<Task, (column: Column) => string> = {
  binary: (column) => {
    const text = `lower(${textSql(column)})`;
    return `CASE WHEN ${text} IN ('true', '1', '1.0') THEN true WHEN ${text} IN ('false', '0', '0.0') THEN false END`;
  },
  multiclass: (column) => wholeSql(textSql(column)),
  regression: (column) =>
    `CASE WHEN abs(${numberSql(column)}) <= ${largestNumber}::DOUBLE THEN ${numberSql(column)} END`,
};

/** By file and column, in the order of the files: how many rows could not be read, and the first of them. */
export const unusableRows = async (
  session: DuckDbSession,
  predictions: string[],
  labels: string[],
  request: PerformanceRequest,
): Promise<UnusableRows[]> => [
  ...(await faultsIn(session, 'predictions', predictions, predictionColumns(request))),
  ...(await faultsIn(session, 'labels', labels, labelColumns(request))),
];

const faultsIn = async (
  session: DuckDbSession,
  name: 'predictions' | 'labels',
  keys: string[],
  columns: string[],
): Promise<UnusableRows[]> => {
  const rows = await session.query(
    `SELECT (place // ${rowsPerFile})::DOUBLE AS file, fault::DOUBLE AS fault, count(*)::DOUBLE AS n, (min(place) % ${rowsPerFile})::DOUBLE AS first
     FROM ${name} WHERE fault IS NOT NULL GROUP BY ALL ORDER BY file, fault`,
  );
  return rows.map((row) => ({
    file: keys[Number(row['file'])] ?? '',
    column: columns[Number(row['fault'])] ?? '',
    rows: Number(row['n']),
    firstRow: Number(row['first']),
  }));
};
