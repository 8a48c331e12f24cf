import { largestNumber } from '../domain/bins.ts';
import { largestError, leastProbability, type PerformanceSums, scoreSteps } from '../domain/performance.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { placeOf } from './duckdb-places.ts';
import type { DuckDbSession, SqlRow } from './duckdb-session.ts';
import type { PerformanceRequest } from './port.ts';

/**
 * The sums of `shared/domain/performance.ts` over the table `joined`, in SQL. `usable`: a further condition on a row.
 * `sql`: sums by `w` and `g`, a group's cell or a constant, ascending; `sums` reads one of its rows.
 */
export type Tally = {
  usable: string;
  none: PerformanceSums;
  sql(group: string): string;
  sums(row: SqlRow): PerformanceSums;
};

/** Throws `invalid-input` for a request that names no output of the model, or a unit that is none. */
export const tallyOf = async (session: DuckDbSession, request: PerformanceRequest): Promise<Tally> => {
  if (request.task === 'binary') return binaryTally(request);
  if (request.task === 'multiclass') return multiclassTally(session, [...new Set(request.classes)]);
  return regressionTally(request.unit);
};

// One row's sums, as `binarySums` has them; `given` is the probability of what came true.
const given = `greatest(${leastProbability}::DOUBLE, least(1 - ${leastProbability}::DOUBLE, CASE WHEN label THEN score ELSE 1 - score END))`;
const far = '(score - label::INTEGER::DOUBLE)';
const nearest = `round(score * ${scoreSteps})`;
const edge = `(${nearest} / ${scoreSteps})`;
const cell = `(2 * ${nearest} + CASE WHEN score = ${edge} THEN 1 WHEN score < ${edge} THEN 0 ELSE 2 END)`;
const confusion = Object.entries({
  tp: 'prediction AND label',
  fp: 'prediction AND NOT label',
  tn: 'NOT prediction AND NOT label',
  fn: 'NOT prediction AND label',
});

const binaryTally = ({ score, prediction }: { score: string | null; prediction: string | null }): Tally => {
  if (score === null && prediction === null)
    throw new DriftlessError('invalid-input', 'Performance needs a score or a prediction column; neither is named.');
  const none = {
    task: 'binary',
    rows: 0,
    truePositives: 0,
    falsePositives: 0,
    trueNegatives: 0,
    falseNegatives: 0,
  } as const;
  const noScores = { logLossMicro: 0, brierMicro: 0, cells: [], negatives: [], positives: [] };
  return {
    usable: 'true',
    none: { ...none, scores: score === null ? null : noScores },
    sql: (group) => `
      SELECT w::DOUBLE AS w, g::DOUBLE AS g, sum(n)::DOUBLE AS n, ${confusion.map(([name]) => `sum(${name})::DOUBLE AS ${name}`).join(', ')},
        sum(loss)::DOUBLE AS loss, sum(brier)::DOUBLE AS brier, list(cell ORDER BY cell) AS cells,
        list((n - positive)::DOUBLE ORDER BY cell) AS negatives, list(positive::DOUBLE ORDER BY cell) AS positives
      FROM (SELECT w, ${group} AS g, ${cell} AS cell, count(*) AS n, count(*) FILTER (WHERE label) AS positive,
              ${confusion.map(([name, condition]) => `count(*) FILTER (WHERE ${condition}) AS ${name}`).join(', ')},
              sum(CAST(round(-ln(${given}) * 1e6) AS BIGINT)) AS loss, sum(CAST(round(${far} * ${far} * 1e6) AS BIGINT)) AS brier
            FROM joined WHERE usable GROUP BY ALL)
      GROUP BY w, g ORDER BY w, g`,
    sums: (row) => ({
      task: 'binary',
      rows: Number(row['n']),
      truePositives: Number(row['tp']),
      falsePositives: Number(row['fp']),
      trueNegatives: Number(row['tn']),
      falseNegatives: Number(row['fn']),
      scores: score === null ? null : scoreSums(row),
    }),
  };
};

const scoreSums = (row: SqlRow) => ({
  logLossMicro: Number(row['loss']),
  brierMicro: Number(row['brier']),
  cells: numbersOf(row['cells']),
  negatives: numbersOf(row['negatives']),
  positives: numbersOf(row['positives']),
});

const multiclassTally = async (session: DuckDbSession, classes: string[]): Promise<Tally> => {
  const place = await placeOf(session, 'class_name', 'classes', classes);
  const size = classes.length + 1;
  return {
    usable: 'true',
    none: { task: 'multiclass', rows: 0, errors: 0, classes, confusion: [] },
    sql: (group) => `
      SELECT w::DOUBLE AS w, g::DOUBLE AS g, sum(n)::DOUBLE AS n, sum(errors)::DOUBLE AS errors,
        list(pair::DOUBLE ORDER BY pair) AS pairs, list(n::DOUBLE ORDER BY pair) AS counts
      FROM (SELECT w, ${group} AS g, ${place('label')} * ${size} + ${place('prediction')} AS pair, count(*) AS n,
              count(*) FILTER (WHERE label <> prediction) AS errors
            FROM joined WHERE usable GROUP BY ALL)
      GROUP BY w, g ORDER BY w, g`,
    sums: (row) => {
      const counts = numbersOf(row['counts']);
      return {
        task: 'multiclass',
        rows: Number(row['n']),
        errors: Number(row['errors']),
        classes,
        confusion: numbersOf(row['pairs']).map((pair, i) => [Math.floor(pair / size), pair % size, counts[i] ?? 0]),
      };
    },
  };
};

const regressionTally = (unit: number): Tally => {
  if (!(unit > 0 && unit <= largestNumber))
    throw new DriftlessError('invalid-input', `The unit of errors must be a positive number, not ${unit}.`);
  const error = `(abs(prediction - label) / CAST('${unit}' AS DOUBLE))`;
  return {
    usable: `${error} <= ${largestError}`,
    none: { task: 'regression', rows: 0, unit, absolute: '0', squares: '0' },
    sql: (group) => `
      SELECT w::DOUBLE AS w, g::DOUBLE AS g, count(*)::DOUBLE AS n, sum(e)::VARCHAR AS absolute, sum(e * e)::VARCHAR AS squares
      FROM (SELECT w, ${group} AS g, TRY_CAST(round(${error}) AS HUGEINT) AS e FROM joined WHERE usable)
      GROUP BY w, g ORDER BY w, g`,
    sums: (row) => ({
      task: 'regression',
      rows: Number(row['n']),
      unit,
      absolute: String(row['absolute']),
      squares: String(row['squares']),
    }),
  };
};

const numbersOf = (list: unknown): number[] => (Array.isArray(list) ? list.map(Number) : []);
