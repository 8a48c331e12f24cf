import * as z from 'zod';
import { largestNumber, scoreBins } from './bins.ts';
import { Time } from './names.ts';

const Count = z.int().nonnegative();
const Decimal = z.string().regex(/^\d+$/);

/** How many classes, or groups of one column, are counted by name at most; all others share one cell. */
export const namedLimit = 100;

/**
 * Sums over rows of what a probability lost: −ln p(label) with p clipped to [1e-6, 1 − 1e-6], and (p − label)², each
 * rounded row by row to millionths. `cells` are the score's cells that hold rows, ascending, as `scoreCell` numbers
 * them; `negatives` and `positives` are their rows by label.
 */
const ScoreSums = z.strictObject({
  logLossMicro: Count,
  brierMicro: Count,
  cells: z.array(Count),
  negatives: z.array(Count),
  positives: z.array(Count),
});

/** `scores` is null where the model gives no probability. */
const BinarySums = z.strictObject({
  task: z.literal('binary'),
  rows: Count,
  truePositives: Count,
  falsePositives: Count,
  trueNegatives: Count,
  falseNegatives: Count,
  scores: ScoreSums.nullable(),
});
export type BinarySums = z.infer<typeof BinarySums>;

/**
 * `errors` counts every row whose prediction is not its label. `confusion`: `[label, prediction, rows]`, ascending, as
 * places in `classes`; the place after the last is any other class.
 */
const MulticlassSums = z.strictObject({
  task: z.literal('multiclass'),
  rows: Count,
  errors: Count,
  classes: z.array(z.string()).max(namedLimit),
  confusion: z.array(z.tuple([Count, Count, Count])),
});
export type MulticlassSums = z.infer<typeof MulticlassSums>;

/**
 * Each row's absolute error is rounded to a multiple of `unit`, the fixed point; `absolute` is the sum of these
 * multiples and `squares` that of their squares, as decimal digits because they outgrow a double.
 */
const RegressionSums = z.strictObject({
  task: z.literal('regression'),
  rows: Count,
  unit: z.number().positive().max(largestNumber),
  absolute: Decimal,
  squares: Decimal,
});
export type RegressionSums = z.infer<typeof RegressionSums>;

export const PerformanceSums = z.discriminatedUnion('task', [BinarySums, MulticlassSums, RegressionSums]);
export type PerformanceSums = z.infer<typeof PerformanceSums>;

/** `other`: all values that the request did not name. */
const Group = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('value'), value: z.string() }),
  z.strictObject({ kind: z.literal('other') }),
  z.strictObject({ kind: z.literal('missing') }),
]);
export type Group = z.infer<typeof Group>;

const GroupPerformance = z.strictObject({ column: z.string(), group: Group, sums: PerformanceSums });
export type GroupPerformance = z.infer<typeof GroupPerformance>;

/**
 * How a model fared on the labelled predictions of one window (UTC start). All are integers, so that sums know no
 * order. `unusable` counts labelled predictions that could not be read; they are in no sum.
 */
export const WindowPerformance = z.strictObject({
  windowStart: Time,
  sums: PerformanceSums,
  unusable: Count,
  groups: z.array(GroupPerformance),
});
export type WindowPerformance = z.infer<typeof WindowPerformance>;

/** Errors are kept in this unit, about a millionth, when nothing better is known of the label's scale. */
export const defaultErrorUnit = 2 ** -20;
/** Errors of more units than this are no measurement, and sums of their squares overflow 128 bits. */
export const largestError = 2 ** 50;

export const scoreSteps = scoreBins.edges.length - 1;

/** The cell of a probability: 2i + 1 is the edge i / 200 itself, 2i what lies between edges i − 1 and i. */
export const scoreCell = (p: number): number => {
  const nearest = Math.round(p * scoreSteps);
  const edge = nearest / scoreSteps;
  return 2 * nearest + (p === edge ? 1 : p < edge ? 0 : 2);
};

export const leastProbability = 1e-6;

/** One row's sums. `score` is from 0 to 1, or null where the model gives none. */
export const binarySums = (label: boolean, predicted: boolean, score: number | null): BinarySums => ({
  task: 'binary',
  rows: 1,
  truePositives: Number(predicted && label),
  falsePositives: Number(predicted && !label),
  trueNegatives: Number(!predicted && !label),
  falseNegatives: Number(!predicted && label),
  scores: score === null ? null : scoreSums(label, score),
});

const scoreSums = (label: boolean, score: number): z.infer<typeof ScoreSums> => {
  const p = label ? score : 1 - score;
  const distance = score - Number(label);
  return {
    logLossMicro: Math.round(-Math.log(Math.max(leastProbability, Math.min(1 - leastProbability, p))) * 1e6),
    brierMicro: Math.round(distance * distance * 1e6),
    cells: [scoreCell(score)],
    negatives: [Number(!label)],
    positives: [Number(label)],
  };
};

export const multiclassSums = (label: string, predicted: string, classes: string[]): MulticlassSums => {
  const place = (name: string): number => (classes.includes(name) ? classes.indexOf(name) : classes.length);
  const confusion: MulticlassSums['confusion'] = [[place(label), place(predicted), 1]];
  return { task: 'multiclass', rows: 1, errors: Number(label !== predicted), classes, confusion };
};

/** Null when the error is no measurement. */
export const regressionSums = (label: number, predicted: number, unit: number): RegressionSums | null => {
  const error = Math.abs(predicted - label) / unit;
  if (!(error <= largestError && Math.abs(label) <= largestNumber && Math.abs(predicted) <= largestNumber)) return null;
  const units = BigInt(Math.round(error));
  return { task: 'regression', rows: 1, unit, absolute: String(units), squares: String(units * units) };
};
