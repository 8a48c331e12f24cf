import type { BinSet } from '../domain/bins.ts';
import type { Baseline, Check } from '../domain/drift.ts';
import { durationMs } from '../domain/names.ts';
import type { WindowProfile } from '../domain/window-profile.ts';
import { isoTime } from '../kernel/clock.ts';
import { type ColumnCells, cellsOf } from './column-cells.ts';

/** All that the page says, as plain data. Shares are of rows, 0 to 1. */
export type DriftReport = {
  check: string;
  checkedAt: string;
  model: string;
  champion: number;
  verdict: Check['verdict'];
  reason: Check['reason'];
  /** The verdict and why, in one sentence. */
  sentence: string;
  /** `end` is exclusive. */
  window: { start: string; end: string; rows: number };
  reference: { windows: number; rows: number };
  /** Share of checks without drift that look at least this unusual; null when that is not what decides. */
  p: number | null;
  /** Evidence of a slow shift, a ratio; null when that is not what decides. */
  m: number | null;
  /** How far the most unusual column moved beyond its usual distance. */
  effect: number | null;
  /** The most unusual first. */
  columns: ReportColumn[];
  leftOut: string[];
  digests: { policy: string; bins: string; baseline: string; window: string; previous: string | null };
  /** Rows came or went since the check: `now` is not quite what it saw. */
  hasWindowChanged: boolean;
};

export type ReportColumn = {
  name: string;
  score: number;
  /** The median score of the reference windows, and their highest. */
  usual: number;
  highest: number;
  /** Share of checks without drift in which this column alone scores at least as high; null without history. */
  p: number | null;
  /** Whether the verdict blames this column. */
  atFault: boolean;
} & ColumnCells;

/** What a check was a function of, as the store holds it now. */
export type CheckInputs = { baseline: Baseline; window: WindowProfile; bins: BinSet; hasWindowChanged: boolean };

export const driftReport = (check: Check, inputs: CheckInputs): DriftReport => {
  const { baseline, window, hasWindowChanged } = inputs;
  const { model, champion, verdict, reason, sentence, p, effect, leftOut, checkedAt } = check;
  const { start, period } = check.window;
  return {
    check: check.id,
    checkedAt,
    model,
    champion,
    verdict,
    reason,
    sentence,
    window: { start, end: isoTime(Date.parse(start) + durationMs(period)), rows: check.rows },
    reference: { windows: baseline.calibration.length, rows: baseline.rows },
    p,
    m: null,
    effect,
    columns: check.columns.map((_column, rank) => columnOf(check, rank, { ...inputs, window })),
    leftOut,
    digests: { policy: check.policy, bins: baseline.bins, ...check.digests },
    hasWindowChanged,
  };
};

const columnOf = (check: Check, rank: number, { baseline, window, bins }: CheckInputs): ReportColumn => {
  const { name, score, usual, highest } = check.columns[rank] ?? { name: '', score: 0, usual: 0, highest: 0 };
  const past = baseline.calibration.map(({ scores }) => scores[name] ?? 0);
  const asHigh = past.filter((other) => other >= score).length;
  return {
    name,
    score,
    usual,
    highest,
    p: past.length === 0 ? null : (1 + asHigh) / (past.length + 1),
    // The most unusual one decided; others are blamed when they went where no reference window was.
    atFault: check.verdict === 'drift' && (rank === 0 || score > highest),
    ...cellsOf(bins.columns[name], baseline.columns[name], window.columns[name]),
  };
};
