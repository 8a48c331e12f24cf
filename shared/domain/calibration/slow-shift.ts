import type { CalibratedBaseline, SignalNull } from './baseline.ts';
import { type Comparison, type ComparedSignal, effectOf, floorOf, type Policy } from './compare.ts';
import { signalP } from './fault.ts';
import { type Measure, measureAll, nameOf } from './measure.ts';
import type { Scorer } from './scorer.ts';
import { sizesOf, unusualness } from './signal.ts';
import type { SlowState } from './slow.ts';

/**
 * The signals of all windows since the evidence began, as one window, against their season classes in the same
 * proportion. Between windows and by sampling alike, W windows against w vary by √(1/W + 1/w) of one window's size.
 */
export const mergedSignals = <Profile>(
  scorer: Scorer<Profile>,
  baseline: CalibratedBaseline<Profile>,
  state: SlowState<Profile>,
  { signals }: Comparison,
  policy: Policy,
): ComparedSignal[] => {
  const visits = Object.entries(state.windows).flatMap(([name, count]) => {
    const seasonClass = baseline.classes[name];
    return seasonClass ? [{ ...seasonClass, count }] : [];
  });
  if (state.merged === null || visits.length === 0) return [];
  const reference = scorer.merge(visits.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum)));
  const windows = visits.reduce((sum, { count }) => sum + count, 0);
  const shrink = Math.sqrt(1 / windows + 1 / visits.reduce((sum, visit) => sum + visit.windows, 0));
  const single = new Map(signals.map((signal) => [nameOf(signal.null), signal]));
  return measureAll(scorer, reference, state.merged).flatMap((measure) => {
    const one = single.get(nameOf(measure));
    return one && measure.kind !== 'loss' ? [mergedSignal(one, measure, shrink, policy)] : [];
  });
};

const mergedSignal = (one: ComparedSignal, measure: Measure, shrink: number, policy: Policy): ComparedSignal => {
  const atOneWindow =
    measure.kind === 'distance' && one.measure.kind === 'distance'
      ? { ...measure, inverseRows: one.measure.inverseRows }
      : measure;
  const shrunk = shrinkNull(one.null, shrink);
  const z = unusualness(shrunk, atOneWindow);
  const sizes = sizesOf(shrunk, atOneWindow, one.bar);
  return {
    ...one,
    ...sizes,
    measure,
    z,
    p: signalP(one.null, z),
    effect: effectOf(measure, sizes),
    floor: floorOf(measure, policy.minEffect),
  };
};

const shrinkNull = (signal: SignalNull, by: number): SignalNull => {
  if (signal.kind === 'rate') return { ...signal, between: signal.between * by ** 2 };
  if (signal.kind === 'unvaried') return signal;
  return { ...signal, null: { ...signal.null, a: signal.null.a * by ** 2, b: signal.null.b * by ** 2 } };
};
