import type { CalibratedBaseline } from '../shared/domain/calibration/baseline.ts';
import { buildCalibratedBaseline, type Window } from '../shared/domain/calibration/build.ts';
import { checkCalibrated } from '../shared/domain/calibration/check.ts';
import type { Policy } from '../shared/domain/calibration/compare.ts';
import type { Scorer } from '../shared/domain/calibration/scorer.ts';
import type { Season } from '../shared/domain/calibration/season.ts';
import type { SlowState } from '../shared/domain/calibration/slow.ts';
import { digestOf } from '../shared/kernel/ids.ts';

/** The simplest profile: columns of unit variance by their sums, with missing rows, and losses of labelled rows. */
export type Sums = {
  rows: number;
  sums: Record<string, number>;
  missing: Record<string, number>;
  loss: { rows: number; sum: number };
};

const add = (profiles: readonly Sums[], sign = 1): Sums =>
  profiles.reduce((a, b) => {
    const join = (x: Record<string, number>, y: Record<string, number>) =>
      Object.fromEntries(Object.keys(x).map((name) => [name, (x[name] ?? 0) + sign * (y[name] ?? 0)]));
    return {
      rows: a.rows + sign * b.rows,
      sums: join(a.sums, b.sums),
      missing: join(a.missing, b.missing),
      loss: { rows: a.loss.rows + sign * b.loss.rows, sum: a.loss.sum + sign * b.loss.sum },
    };
  });

/** For columns of unit variance that only move as a whole, W1/sd is the distance of the means. */
export const sumsScorer = (columns: readonly string[], { subtract = true } = {}): Scorer<Sums> => ({
  distances: columns.map((column) => ({
    column,
    metric: 'wasserstein:std',
    score: (a, b) => Math.abs((a.sums[column] ?? 0) / a.rows - (b.sums[column] ?? 0) / b.rows),
    onlyValue: () => null,
  })),
  rates: columns.map((column) => ({ column, metric: 'missing-rate', count: (p) => p.missing[column] ?? 0 })),
  loss: {
    metric: 'log-loss',
    of: ({ loss }) => (loss.rows === 0 ? null : { rows: loss.rows, mean: loss.sum / loss.rows }),
  },
  rows: ({ rows }) => rows,
  merge: (profiles) => add(profiles),
  ...(subtract ? { subtract: (sum: Sums, part: Sums) => add([sum, part], -1) } : {}),
});

export const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `c${i}`);
export const dayStart = (day: number): string => new Date(Date.UTC(2026, 0, 5 + day)).toISOString();
export const hourStart = (hour: number): string => new Date(Date.UTC(2026, 0, 5, hour)).toISOString();

export type Process = { columns: string[]; rows?: number; daySd?: number; seasonSd?: number; labelled?: boolean };
type Random = { normal(): number; uniform(): number };

/** A window of `rows` rows in sd units: each column has a day effect and, if asked, a weekly season. */
export const drawWindow = (random: Random, start: string, process: Process, shift: Record<string, number> = {}) => {
  const { columns, rows = 10_000, daySd = 0.03, seasonSd = 0, labelled = false } = process;
  const season = seasonSd * Math.SQRT2 * Math.sin((2 * Math.PI * new Date(start).getUTCDay()) / 7);
  const sums = columns.map((name): [string, number] => {
    const mean = season + (shift[name] ?? 0) + daySd * random.normal() + random.normal() / Math.sqrt(rows);
    return [name, mean * rows];
  });
  const profile: Sums = {
    rows,
    sums: Object.fromEntries(sums),
    missing: Object.fromEntries(columns.map((name) => [name, 0])),
    loss: labelled ? { rows, sum: rows * (0.5 + 0.01 * random.normal()) } : { rows: 0, sum: 0 },
  };
  return { start, profile };
};

export const drawHistory = (random: Random, windows: number, process: Process): Window<Sums>[] =>
  Array.from({ length: windows }, (_, day) => drawWindow(random, dayStart(day), process));

export const build = (history: Window<Sums>[], process: Process, season: Season = 'none'): CalibratedBaseline<Sums> =>
  buildCalibratedBaseline(sumsScorer(process.columns), history, {
    model: 'flight-delays',
    champion: 1,
    bins: 'b'.repeat(64),
    season,
  });

export const check = (
  baseline: CalibratedBaseline<Sums>,
  window: Window<Sums>,
  policy: Policy,
  previous: SlowState<Sums> | null = null,
) => {
  const columns = Object.keys(window.profile.sums);
  return checkCalibrated(sumsScorer(columns), { baseline, digest: digestOf(baseline), window, policy, previous });
};
