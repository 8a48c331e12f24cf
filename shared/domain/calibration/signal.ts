import { DriftlessError } from '../../kernel/errors.ts';
import type { SignalNull } from './baseline.ts';
import { type Measure, nameOf } from './measure.ts';
import { fitRate, rateAbove, rateAt } from './rates.ts';
import { fitSpread, leaveOneOut, scoreAt, spreadsAbove } from './spread.ts';

/** Far beyond any alarm: a score that history has no measure for stays finite. */
const mostUnusual = 1e6;

const rounded = (z: number): number => Math.round(Math.min(Math.max(z, -mostUnusual), mostUnusual) * 1e4) / 1e4;

/**
 * What the signal does by itself, from every window's leave-one-out measure (at least one), and how unusual each of
 * them was, in the order given.
 */
export const fitSignal = (
  measures: readonly Measure[],
  unvaried: boolean,
): { signal: SignalNull; unusual: number[] } => {
  const [first] = measures;
  if (!first) throw new RangeError('fitSignal needs at least one measure');
  const { column, metric } = first;
  const signal: SignalNull = { ...fitNull(first, measures, unvaried), column, metric, history: [] };
  const unusual =
    'null' in signal
      ? leaveOneOut(signal.null, scoredOnly(measures)).map(rounded)
      : measures.map((measure) => unusualness(signal, measure));
  return { signal: { ...signal, history: unusual.toSorted((a, b) => a - b) }, unusual };
};

const scoredOnly = (measures: readonly Measure[]) => measures.filter((measure) => measure.kind !== 'rate');

type Null = DistributiveOmit<SignalNull, 'column' | 'metric' | 'history'>;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const fitNull = ({ kind }: Measure, measures: readonly Measure[], unvaried: boolean): Null => {
  if (kind === 'rate') return { kind, between: fitRate(measures.filter((measure) => measure.kind === 'rate')) };
  return kind === 'distance' && unvaried ? { kind: 'unvaried' } : { kind, null: fitSpread(scoredOnly(measures)) };
};

/** How far the measure lies above what its signal does by itself: about standard normal, with a longer tail. */
export const unusualness = (signal: SignalNull, measure: Measure): number => {
  if (signal.kind === 'rate' && measure.kind === 'rate')
    return rounded(rateAbove(signal.between, measure.reference, measure.window));
  if (signal.kind === 'unvaried' && measure.kind === 'distance') {
    const { reference, window } = changed(measure);
    return rounded(rateAbove(0, reference, window));
  }
  if ((signal.kind === 'distance' || signal.kind === 'loss') && measure.kind !== 'rate')
    return rounded(spreadsAbove(signal.null, measure));
  throw new DriftlessError('invalid-input', `The baseline and the window measure ${nameOf(measure)} differently.`);
};

/** A column that never varied: the share that moved, as a count of rows against a spotless history as large. */
const changed = ({ score, inverseRows }: { score: number; inverseRows: number }) => {
  const rows = Math.max(1, Math.round(2 / Math.max(inverseRows, 1e-12)));
  return { reference: { count: 0, rows }, window: { count: Math.round(Math.min(score, 1) * rows), rows } };
};

/** `score` now, what is usual for this season and window size, and the smallest score that lies `z` above it. */
export type Sizes = { score: number; usual: number; limit: number };

export const sizesOf = (signal: SignalNull, measure: Measure, z: number): Sizes => {
  if (measure.kind === 'rate') {
    const usual = measure.reference.count / Math.max(measure.reference.rows, 1);
    const between = signal.kind === 'rate' ? signal.between : 0;
    const limit = Math.min(1, usual + rateAt(between, measure.reference, measure.window.rows, z));
    return { score: measure.window.count / Math.max(measure.window.rows, 1), usual, limit };
  }
  if (signal.kind === 'distance' || signal.kind === 'loss') {
    const at = (spreads: number): number => scoreAt(signal.null, spreads, measure.inverseRows);
    return { score: measure.score, usual: at(0), limit: at(z) };
  }
  const { reference } = changed(measure);
  return { score: measure.score, usual: 0, limit: rateAt(0, reference, reference.rows, z) };
};
