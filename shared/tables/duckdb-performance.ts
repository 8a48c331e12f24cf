import { byGroup } from '../domain/merge-performance.ts';
import type { Group, GroupPerformance, PerformanceSums } from '../domain/performance.ts';
import { isoTime } from '../kernel/clock.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { loadLabels, loadPredictions, unusableRows } from './duckdb-outcomes.ts';
import { declareGroups, type GroupColumn } from './duckdb-places.ts';
import type { DuckDbSession, SqlRow } from './duckdb-session.ts';
import { type Tally, tallyOf } from './duckdb-tally.ts';
import type { LabelledPerformance, PerformanceRequest } from './port.ts';

/** Windows, or windows × groups of one column, in one answer. */
const mostSums = 10_000;

/**
 * Ids are compared as text. The last prediction and the last readable label of an id count, by order of files, then
 * rows. DuckDB holds both tables and spills them to its folder, so memory is that of the sums. Throws `invalid-input`
 * for a request that names too much or too little, `too-large`, and what reading files throws.
 */
export const joinPerformance = async (
  session: DuckDbSession,
  predictions: string[],
  labels: string[],
  request: PerformanceRequest,
): Promise<LabelledPerformance> => {
  const tally = await tallyOf(session, request);
  const groups = await declareGroups(session, request.groups);
  await loadPredictions(session, predictions, request, groups);
  await loadLabels(session, labels, request);
  try {
    return await summarise(session, predictions, labels, { request, tally, groups });
  } catch (error) {
    throw joinFailure(error);
  }
};

type Plan = { request: PerformanceRequest; tally: Tally; groups: GroupColumn[] };

const summarise = async (
  session: DuckDbSession,
  predictions: string[],
  labels: string[],
  { request, tally, groups }: Plan,
): Promise<LabelledPerformance> => {
  for (const [name, readable] of [
    ['predictions', 'id IS NOT NULL'],
    ['labels', 'fault IS NULL'],
  ]) {
    await session.query(
      `CREATE TABLE last_${name} AS SELECT max(place) AS place FROM ${name} WHERE ${readable} GROUP BY id`,
    );
  }
  await session.query(
    `CREATE TABLE joined AS SELECT l.w, l.label, p.* EXCLUDE (id, place, fault), p.fault IS NULL AND ${tally.usable} AS usable
     FROM labels l JOIN predictions p USING (id)
     WHERE l.place IN (SELECT place FROM last_labels) AND p.place IN (SELECT place FROM last_predictions)`,
  );
  const windows = await windowsOf(session, tally, groups);
  const [counts] = await session.query(
    `SELECT (SELECT count(*) FROM last_labels)::DOUBLE AS labelled, (SELECT count(*) FROM joined)::DOUBLE AS known,
       (SELECT count(id) FROM predictions)::DOUBLE - (SELECT count(*) FROM last_predictions) AS predictions,
       (SELECT count(*) FROM labels WHERE fault IS NULL)::DOUBLE - (SELECT count(*) FROM last_labels) AS labels`,
  );
  return {
    windows,
    unknownIds: Number(counts?.['labelled']) - Number(counts?.['known']),
    repeatedPredictions: Number(counts?.['predictions']),
    repeatedLabels: Number(counts?.['labels']),
    unusable: await unusableRows(session, predictions, labels, request),
  };
};

const windowsOf = async (
  session: DuckDbSession,
  tally: Tally,
  groups: GroupColumn[],
): Promise<LabelledPerformance['windows']> => {
  const all = await tallied(session, tally, '0');
  const byColumn: Map<number, Tallied[]>[] = [];
  for (const { name } of groups) byColumn.push(await tallied(session, tally, name));
  const unusable = await session.query(
    `SELECT w::DOUBLE AS w, (count(*) FILTER (WHERE NOT usable))::DOUBLE AS unusable FROM joined GROUP BY w ORDER BY w LIMIT ${mostSums + 1}`,
  );
  refuseTooMany(unusable);
  return unusable.map((row) => {
    const start = Number(row['w']);
    return {
      windowStart: isoTime(start),
      sums: all.get(start)?.[0]?.sums ?? tally.none,
      unusable: Number(row['unusable']),
      groups: groups
        .flatMap((column, index) => (byColumn[index]?.get(start) ?? []).map((one) => groupOf(column, one)))
        .toSorted(byGroup),
    };
  });
};

type Tallied = { start: number; cell: number; sums: PerformanceSums };

const tallied = async (session: DuckDbSession, tally: Tally, group: string): Promise<Map<number, Tallied[]>> => {
  const rows = await session.query(`${tally.sql(group)} LIMIT ${mostSums + 1}`);
  refuseTooMany(rows);
  const found = rows.map((row) => ({ start: Number(row['w']), cell: Number(row['g']), sums: tally.sums(row) }));
  return Map.groupBy(found, ({ start }) => start);
};

const groupOf = ({ column, values }: GroupColumn, { cell, sums }: Tallied): GroupPerformance => {
  const value = values[cell];
  const group: Group =
    value !== undefined ? { kind: 'value', value } : cell < 0 ? { kind: 'missing' } : { kind: 'other' };
  return { column, group, sums };
};

const refuseTooMany = (rows: SqlRow[]): void => {
  if (rows.length <= mostSums) return;
  throw new DriftlessError(
    'too-large',
    `The labels fall in more than ${mostSums} windows, or windows by group. Ask for fewer label files at once, or name fewer groups.`,
  );
};

const joinFailure = (error: unknown): unknown =>
  // The binding has no error codes: DuckDB puts the exception's type before the first colon.
  error instanceof Error && !(error instanceof DriftlessError) && error.message.startsWith('Out of Memory Error')
    ? new DriftlessError(
        'too-large',
        'Predictions and labels need more memory to join than this function may use. Ask for fewer files at once, or give the function more.',
        { cause: error },
      )
    : error;
