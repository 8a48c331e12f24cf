import * as z from 'zod';
import { digestOf, stableId } from '../kernel/ids.ts';
import type { BinSet, ColumnBins } from './bins.ts';
import { allRows, ColumnCounts, presentRows, subtractCounts } from './counts.ts';
import { metrics } from './metrics/table.ts';
import type { Manifest } from './model.ts';
import { Digest, Name, Time } from './names.ts';
import { mergeWindowProfiles, type WindowProfile } from './window-profile.ts';

const Scores = z.record(z.string(), z.number());

/**
 * What a champion's windows look like when nothing is wrong. `calibration` holds each reference window's own scores
 * against the others, so that a check is as surprised as history allows, and no more.
 */
export const Baseline = z.strictObject({
  model: Name,
  champion: z.int().positive(),
  bins: Digest,
  rows: z.int().nonnegative(),
  columns: z.record(z.string(), ColumnCounts),
  /** Columns that hold one value in every window (a weekday, say): comparing windows with their sum says nothing. */
  leftOut: z.array(z.string()),
  calibration: z.array(z.strictObject({ windowStart: Time, scores: Scores })),
});
export type Baseline = z.infer<typeof Baseline>;

const ColumnVerdict = z.strictObject({ name: z.string(), score: z.number(), usual: z.number(), highest: z.number() });

export const Verdict = z.strictObject({
  verdict: z.enum(['drift', 'no-drift', 'not-enough-data']),
  reason: z.enum(['sudden-shift', 'slow-shift', 'performance']).nullable(),
  /** Share of no-drift checks at least as unusual as this one; null without a verdict. */
  p: z.number().nullable(),
  /** How far the worst column moved beyond its usual distance, in its score's unit (a share of rows). */
  effect: z.number().nullable(),
  rows: z.int().nonnegative(),
  /** The most unusual first. */
  columns: z.array(ColumnVerdict),
  /** Columns that were not compared, by name. */
  leftOut: z.array(z.string()),
  sentence: z.string(),
});
export type Verdict = z.infer<typeof Verdict>;

/** One check: its verdict, and the digests of everything that the verdict is a function of. */
export const Check = z.strictObject({
  id: z.string(),
  model: Name,
  champion: z.int().positive(),
  window: z.strictObject({ start: Time, period: z.string() }),
  ...Verdict.shape,
  policy: Digest,
  digests: z.strictObject({ baseline: Digest, window: Digest, previous: Digest.nullable() }),
  checkedAt: Time,
});
export type Check = z.infer<typeof Check>;

/**
 * How far a column is from the reference, 0 to 1: the Kolmogorov–Smirnov distance of numbers, the total variation of
 * categories, both among the valid values; or how much the share of rows without a valid value changed, if that is more.
 */
export const columnScore = (bins: ColumnBins, reference: ColumnCounts, current: ColumnCounts): number => {
  const [then, now] = [allRows(reference), allRows(current)];
  if (then === 0 || now === 0) return 0;
  const distance = bins.kind === 'numeric' ? metrics.ks : metrics.tvd;
  const gone = Math.abs(presentRows(reference) / then - presentRows(current) / now);
  return Math.max(distance(bins, reference, current).value, gone);
};

/** Each reference window is scored against the sum of the others. `bins` are those of all the profiles. */
export const buildBaseline = (
  profiles: WindowProfile[],
  bins: BinSet,
  identity: { model: string; champion: number },
): Baseline => {
  const leftOut = constantColumns(profiles);
  const reference = keepColumns(mergeWindowProfiles(profiles), leftOut);
  return {
    ...identity,
    bins: digestOf(bins),
    rows: reference.rows,
    columns: reference.columns,
    leftOut,
    calibration: profiles
      .map((profile) => ({
        windowStart: profile.windowStart,
        scores: scoresOf(bins, profile, without(reference, profile)),
      }))
      .toSorted((a, b) => (a.windowStart < b.windowStart ? -1 : 1)),
  };
};

const constantColumns = (profiles: WindowProfile[]): string[] =>
  Object.keys(profiles[0]?.columns ?? {}).filter(
    (name) =>
      profiles.length > 1 &&
      profiles.every((profile) => hasOneValue(profile.columns[name])) &&
      !haveSameValue(profiles, name),
  );

const hasOneValue = (counts: ColumnCounts | undefined): boolean =>
  counts !== undefined && allRows(counts) === presentRows(counts) && counts.cells.length === 1;

/** A column that never changes at all is compared: the first change is news. */
const haveSameValue = (profiles: WindowProfile[], name: string): boolean =>
  new Set(profiles.map((profile) => profile.columns[name]?.cells[0])).size === 1;

const keepColumns = (profile: WindowProfile, leftOut: string[]): WindowProfile => ({
  ...profile,
  columns: Object.fromEntries(Object.entries(profile.columns).filter(([name]) => !leftOut.includes(name))),
});

const without = (sum: WindowProfile, part: WindowProfile): WindowProfile['columns'] =>
  Object.fromEntries(
    Object.entries(sum.columns).map(([name, counts]) => {
      const own = part.columns[name];
      return [name, own ? subtractCounts(counts, own) : counts];
    }),
  );

const scoresOf = (
  { columns }: BinSet,
  window: WindowProfile,
  reference: WindowProfile['columns'],
): Record<string, number> =>
  Object.fromEntries(
    Object.entries(reference).map(([name, counts]) => {
      const [cells, own] = [columns[name], window.columns[name]];
      return [name, cells && own ? columnScore(cells, counts, own) : 0];
    }),
  );

/**
 * The verdict on one window: a pure function of baseline, window and policy; `bins` are the baseline's. Each column's
 * distance is divided by its usual one (the median over the reference windows); T is the largest ratio; p = (1 + #{T of history ≥ T}) / (k + 1)
 * over the k reference windows, which handles many columns and their dependence at once. Drift when p is within the
 * stated false-alarm rate and the effect is at least `minEffect`.
 */
export const judgeWindow = (
  baseline: Baseline,
  bins: BinSet,
  window: WindowProfile,
  monitor: Manifest['monitor'],
): Verdict => {
  const usual = medians(baseline);
  const scores = scoresOf(bins, window, baseline.columns);
  const ratio = (of: Record<string, number>) =>
    Math.max(0, ...Object.keys(usual).map((name) => excess(of[name], usual[name])));
  const t = ratio(scores);
  const k = baseline.calibration.length;
  const asUnusual = 1 + baseline.calibration.filter((past) => ratio(past.scores) >= t).length;
  const p = asUnusual / (k + 1);
  const columns = rank(baseline, scores, usual);
  const worst = columns[0];
  const effect = worst ? worst.score - worst.usual : 0;
  const short = windowsNeeded(monitor.falseAlarmsPer100) - k;
  if (short > 0 || window.rows === 0)
    return undecided(baseline, window.rows, columns, short, monitor.falseAlarmsPer100);
  // Not `p * 100`: 0.07 * 100 is more than 7.
  const drift = asUnusual * 100 <= monitor.falseAlarmsPer100 * (k + 1) && effect >= monitor.minEffect;
  const facts = { p, effect, rows: window.rows, columns, leftOut: baseline.leftOut };
  return drift
    ? { verdict: 'drift', reason: 'sudden-shift', ...facts, sentence: tell(columns, k, asUnusual - 1, true) }
    : { verdict: 'no-drift', reason: null, ...facts, sentence: tell(columns, k, asUnusual - 1, false) };
};

/** With k reference windows p is at least 1/(k + 1): so many it takes to speak at the stated rate. */
export const windowsNeeded = (falseAlarmsPer100: number): number => Math.ceil(100 / falseAlarmsPer100) - 1;

const excess = (score = 0, usual = 0): number => score / Math.max(usual, 1e-6);

const medians = (baseline: Baseline): Record<string, number> =>
  Object.fromEntries(
    Object.keys(baseline.columns).map((name) => {
      const sorted = baseline.calibration.map(({ scores }) => scores[name] ?? 0).toSorted((a, b) => a - b);
      return [name, sorted[Math.floor(sorted.length / 2)] ?? 0];
    }),
  );

const rank = (baseline: Baseline, scores: Record<string, number>, usual: Record<string, number>): Verdict['columns'] =>
  Object.keys(baseline.columns)
    .map((name) => ({
      name,
      score: scores[name] ?? 0,
      usual: usual[name] ?? 0,
      highest: Math.max(0, ...baseline.calibration.map((past) => past.scores[name] ?? 0)),
    }))
    .toSorted((a, b) => excess(b.score, b.usual) - excess(a.score, a.usual) || (a.name < b.name ? -1 : 1));

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** `asUnusual`: how many of the k reference windows are at least as unusual in some column. */
const tell = ([worst]: Verdict['columns'], k: number, asUnusual: number, drift: boolean): string => {
  if (!worst) return 'There is no column to compare.';
  const moved = `${worst.name} differs from the reference in ${percent(worst.score)} of rows (usually ${percent(worst.usual)}, at most ${percent(worst.highest)})`;
  return drift
    ? `Drift: ${moved}; ${asUnusual} of ${k} reference windows were as unusual in any column.`
    : `No drift: the most unusual column, ${moved}; ${asUnusual} of ${k} reference windows were as unusual in some column.`;
};

const undecided = (
  { calibration: { length: k }, leftOut }: Baseline,
  rows: number,
  columns: Verdict['columns'],
  short: number,
  rate: number,
): Verdict => ({
  verdict: 'not-enough-data',
  reason: null,
  p: null,
  effect: null,
  rows,
  columns,
  leftOut,
  sentence:
    rows === 0
      ? 'Not enough data: the window has no rows.'
      : `Not enough data: ${k} reference windows can speak at ${(100 / (k + 1)).toFixed(1)} false alarms per 100 at best, the policy asks for ${rate}; ${short} more are needed.`,
});

export const checkId = (model: string, windowStart: string, policy: string, baseline: string, window: string): string =>
  stableId('c', model, windowStart, policy, baseline, window);

export const profileDigest = (profile: WindowProfile): string => digestOf(profile);
