import type { CalibratedBaseline } from './baseline.ts';
import type { Window } from './build.ts';
import { type Comparison, type ComparedSignal, compareWindow, type Policy } from './compare.ts';
import { namingLimit } from './fault.ts';
import { nameOf } from './measure.ts';
import type { Scorer } from './scorer.ts';
import { accumulate, noEvidence, type SlowState, usableState } from './slow.ts';
import { mergedSignals } from './slow-shift.ts';
import { tellCalm, tellDrift, tellUndecided } from './tell.ts';
import type { CalibratedVerdict, SignalVerdict } from './verdict.ts';

/** `digest` names the baseline; `previous` is what the check of the preceding window left, or null. */
export type CheckInput<Profile> = {
  baseline: CalibratedBaseline<Profile>;
  digest: string;
  window: Window<Profile>;
  policy: Policy;
  previous: SlowState<Profile> | null;
};

/** A window holding less than this share of the rows of history's smallest has no like in history. */
const smallestShare = 0.25;

/**
 * The verdict on one closed window, and the state for the check of the next: a pure function of its input, the same to
 * the bit in every run. The recipe is in DESIGN.md §7.
 */
export const checkCalibrated = <Profile>(
  scorer: Scorer<Profile>,
  { baseline, digest, window, policy, previous }: CheckInput<Profile>,
): { verdict: CalibratedVerdict; state: SlowState<Profile> } => {
  const before = usableState(previous, digest, window.start);
  const compared = compareWindow(scorer, baseline, window, policy);
  const facts = factsOf(compared, policy);
  if (cannotSpeak(compared)) return { verdict: undecided(compared, facts, policy), state: before };
  const { seasonClass, shiftP } = compared;
  const after = accumulate(before, { seasonClass, profile: window.profile, p: shiftP }, scorer.merge);
  const reset = noEvidence<Profile>(digest, window.start);
  const beyond = compared.signals.filter(({ z, bar, effect, floor }) => z > bar && effect >= floor);
  if (beyond.length > 0) return { verdict: sudden(compared, beyond, { ...facts, m: after.m }), state: reset };
  const slow = slowShift(scorer, baseline, after, compared, policy);
  if (slow) return { verdict: { ...facts, ...slow, m: after.m }, state: reset };
  const [worst] = compared.signals;
  const calm = { verdict: 'no-drift', p: compared.p, m: after.m, effect: worst?.effect ?? 0 } as const;
  return { verdict: { ...facts, ...calm, sentence: tellCalm(compared) }, state: after };
};

const cannotSpeak = ({ signals, missingWindows, rows, stratum }: Comparison): boolean =>
  signals.length === 0 || missingWindows > 0 || rows < smallestShare * stratum.fewestRows;

type Facts = Omit<CalibratedVerdict, 'verdict' | 'sentence'>;

const factsOf = (compared: Comparison, { falseAlarmsPer100 }: Policy): Facts => {
  const { seasonClass, rows, stratum, budget, signals, missingWindows } = compared;
  return {
    reason: null,
    p: null,
    m: null,
    effect: null,
    rows,
    compared: { seasonClass, windows: stratum.unusual.length, rows: [stratum.fewestRows, stratum.mostRows] },
    falseAlarmsPer100: { stated: falseAlarmsPer100, sudden: 100 * budget.sudden, slow: 100 * budget.slow },
    columns: signals.map((signal) => signalVerdict(signal, false)),
    leftOut: compared.leftOut,
    missingWindows,
    detectable: detectable(signals),
  };
};

const signalVerdict = ({ null: { column, metric }, score, usual, limit, p }: ComparedSignal, atFault: boolean) =>
  ({ name: column, metric, score, usual, limit, p, atFault }) satisfies SignalVerdict;

/** Of all distances the one that needs to move least. */
const detectable = (signals: readonly ComparedSignal[]): CalibratedVerdict['detectable'] =>
  signals
    .filter(({ measure }) => measure.kind === 'distance')
    .map(({ null: { column, metric }, usual, limit, floor }) => ({
      name: column,
      metric,
      shift: Math.max(limit - usual, floor),
    }))
    .reduce<CalibratedVerdict['detectable']>((least, one) => (least && least.shift <= one.shift ? least : one), null);

/** Those that alarmed, and those that false-discovery control names beside them. */
const named = (signals: readonly ComparedSignal[], certain: readonly ComparedSignal[]): SignalVerdict[] => {
  const limit = namingLimit(signals.map(({ p }) => p));
  const sure = new Set(certain.map((signal) => nameOf(signal.null)));
  return signals.map((signal) =>
    signalVerdict(signal, sure.has(nameOf(signal.null)) || (signal.p <= limit && signal.effect >= signal.floor)),
  );
};

const sudden = (compared: Comparison, beyond: readonly ComparedSignal[], facts: Facts): CalibratedVerdict => {
  const onlyLoss = beyond.every(({ measure }) => measure.kind === 'loss');
  const columns = named(compared.signals, beyond);
  return {
    ...facts,
    verdict: 'drift',
    reason: onlyLoss ? 'performance' : 'sudden-shift',
    p: compared.p,
    effect: beyond[0]?.effect ?? 0,
    columns,
    sentence: tellDrift(columns, compared),
  };
};

const slowShift = <Profile>(
  scorer: Scorer<Profile>,
  baseline: CalibratedBaseline<Profile>,
  state: SlowState<Profile>,
  compared: Comparison,
  policy: Policy,
): (Omit<CalibratedVerdict, keyof Facts> & Partial<Facts>) | null => {
  if (compared.budget.slowLimit === null || state.m < compared.budget.slowLimit) return null;
  const merged = mergedSignals(scorer, baseline, state, compared, policy).toSorted((a, b) => b.z - a.z);
  const worst = merged.find(({ effect, floor }) => effect > 0 && effect >= floor);
  if (!worst) return null;
  const columns = named(merged, [worst]);
  const windows = Object.values(state.windows).reduce((sum, count) => sum + count, 0);
  return {
    verdict: 'drift',
    reason: 'slow-shift',
    p: null,
    effect: worst.effect,
    columns,
    sentence: tellDrift(columns, compared, windows),
  };
};

const undecided = (compared: Comparison, facts: Facts, policy: Policy): CalibratedVerdict => ({
  ...facts,
  verdict: 'not-enough-data',
  sentence: tellUndecided(compared, policy, facts.detectable),
});
