import { isoTime } from '../kernel/clock.ts';
import { DriftlessError } from '../kernel/errors.ts';
import type { DuckDbSession } from './duckdb-session.ts';
import { columnOf, openTable } from './duckdb-table.ts';
import { numberSql, textSql, windowSql } from './duckdb-values.ts';
import type { LossRequest, WindowLoss } from './port.ts';

/**
 * Ids are compared as text. The last prediction and the last label of an id count, by order of files, then rows; a row
 * without a label says nothing. Throws `invalid-input` for a score that is no probability or a label that is neither
 * boolean nor 0 or 1, `unreadable` for a label without a time.
 */
export const joinLosses = async (
  session: DuckDbSession,
  predictions: string[],
  labels: string[],
  request: LossRequest,
): Promise<WindowLoss[]> => {
  await session.query('CREATE TABLE predictions (id VARCHAR, score DOUBLE, place BIGINT)');
  await session.query('CREATE TABLE labels (id VARCHAR, w BIGINT, label BOOLEAN, place BIGINT)');
  for (const [index, key] of predictions.entries()) await loadPredictions(session, key, index, request);
  for (const [index, key] of labels.entries()) await loadLabels(session, key, index, request);
  const rows = await session.query(
    `SELECT w::DOUBLE AS w, count(*)::DOUBLE AS n, sum(CAST(round(-ln(greatest(1e-6, least(1 - 1e-6, p))) * 1e6) AS BIGINT))::DOUBLE AS loss
     FROM (SELECT w, CASE WHEN label THEN score ELSE 1 - score END AS p
           FROM (SELECT id, arg_max(score, place) AS score FROM predictions GROUP BY id)
           JOIN (SELECT id, arg_max(w, place) AS w, arg_max(label, place) AS label FROM labels GROUP BY id) USING (id))
     GROUP BY w ORDER BY w`,
  );
  return rows.map((row) => ({
    windowStart: isoTime(Number(row['w'])),
    rows: Number(row['n']),
    logLossMicro: Number(row['loss']),
  }));
};

/** A row's place in the order of files, then rows: 2^40 rows for each file. */
const placeSql = (fileIndex: number): string => `${fileIndex}::BIGINT * 1099511627776 + row_number() OVER ()`;

const loadPredictions = (session: DuckDbSession, key: string, index: number, request: LossRequest): Promise<void> =>
  session.readFile(key, async (file) => {
    const table = await openTable(session, file, [request.predictionId, request.score]);
    const score = numberSql(columnOf(table, request.score));
    const read = `SELECT ${textSql(columnOf(table, request.predictionId))} AS id, ${score} AS score, ${placeSql(index)} AS place FROM ${table.from}`;
    const bad = await firstRow(session, read, 'score IS NULL OR NOT score BETWEEN 0 AND 1');
    if (bad) throw wrongValue(key, bad, request.score, 'is no probability from 0 to 1');
    await session.query(`INSERT INTO predictions SELECT * FROM (${read}) WHERE id IS NOT NULL`);
  });

const loadLabels = (session: DuckDbSession, key: string, index: number, request: LossRequest): Promise<void> =>
  session.readFile(key, async (file) => {
    const table = await openTable(session, file, [request.predictionId, request.timestamp, request.label]);
    const text = `lower(${textSql(columnOf(table, request.label))})`;
    const label = `CASE WHEN ${text} IN ('true', '1', '1.0') THEN true WHEN ${text} IN ('false', '0', '0.0') THEN false END`;
    const read = `SELECT ${textSql(columnOf(table, request.predictionId))} AS id, ${windowSql(columnOf(table, request.timestamp), request.windowMs)} AS w,
      ${label} AS label, ${placeSql(index)} AS place, ${text} AS written FROM ${table.from}`;
    const bad = await firstRow(session, read, 'label IS NULL AND written IS NOT NULL');
    if (bad) throw wrongValue(key, bad, request.label, 'is neither true or false nor 1 or 0');
    const late = await firstRow(session, read, 'w IS NULL');
    if (late) {
      throw new DriftlessError(
        'unreadable',
        `The file ${key} has ${late.n} rows without a readable time in ${JSON.stringify(request.timestamp)}, the first is row ${late.row}.`,
      );
    }
    await session.query(
      `INSERT INTO labels SELECT id, w, label, place FROM (${read}) WHERE id IS NOT NULL AND label IS NOT NULL`,
    );
  });

type BadRows = { n: number; row: number };

const firstRow = async (session: DuckDbSession, read: string, condition: string): Promise<BadRows | null> => {
  const [found] = await session.query(
    `SELECT count(*)::DOUBLE AS n, (min(place) % 1099511627776)::DOUBLE AS row FROM (${read}) WHERE ${condition}`,
  );
  const n = Number(found?.['n']);
  return n > 0 ? { n, row: Number(found?.['row']) } : null;
};

const wrongValue = (key: string, { n, row }: BadRows, column: string, message: string): DriftlessError =>
  new DriftlessError(
    'invalid-input',
    `The column ${JSON.stringify(column)} of ${key} ${message} in ${n} rows, the first is row ${row}.`,
    { faults: [{ path: column, message }] },
  );
