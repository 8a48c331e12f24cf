import type { CalibratedBaseline, CalibrationWindow, SignalNull } from './baseline.ts';
import { type Budget, divideRate, fewestWindows } from './budget.ts';
import { comparable, type Window } from './build.ts';
import { signalP } from './fault.ts';
import { type Measure, measureAll, nameOf } from './measure.ts';
import type { Scorer } from './scorer.ts';
import { resolveClass } from './season.ts';
import { type Sizes, sizesOf, unusualness } from './signal.ts';
import { conformalP, type Stratum, stratify, stratumOf } from './strata.ts';
import { binomialLimit, unusualLimit } from './tolerance.ts';

/** `minEffect`: in a distance's own unit; a quarter of it for the share of rows that are missing or unseen. */
export type Policy = { falseAlarmsPer100: number; minEffect: number };

/** One signal of the window beside history. `effect`: by how much it exceeds the usual; `floor`: the least that counts. */
export type ComparedSignal = Sizes & {
  null: SignalNull;
  measure: Measure;
  z: number;
  p: number;
  effect: number;
  floor: number;
  /** How unusual it must be, and more, to alarm. */
  bar: number;
};

export type Comparison = {
  seasonClass: string;
  rows: number;
  stratum: Stratum;
  budget: Budget;
  missingWindows: number;
  /** Of the most unusual signal, against the most unusual of each calibration window. */
  p: number;
  /** The same without performance: what the slow rule bets on, so that labels that come later do not change it. */
  shiftP: number;
  /** The most unusual first. */
  signals: ComparedSignal[];
  leftOut: string[];
};

/** A row whose value is missing or unseen has lost it: such a share weighs as four times the share that moved. */
const rateWeight = 4;

export const compareWindow = <Profile>(
  scorer: Scorer<Profile>,
  baseline: CalibratedBaseline<Profile>,
  { start, profile }: Window<Profile>,
  policy: Policy,
): Comparison => {
  const rows = scorer.rows(profile);
  const seasonClass = classOf(baseline, start);
  const reference = baseline.classes[seasonClass];
  const needed = fewestWindows(policy.falseAlarmsPer100);
  const measures = reference && rows > 0 ? measureAll(scorer, reference.sum, profile) : [];
  const judged = known(baseline, judgeable(measures, baseline.calibration, needed), reference?.constant ?? []);
  const withLoss = judged.some(({ measure }) => measure.kind === 'loss');
  const stratum = peers(baseline.calibration, withLoss, needed, rows);
  const shifts = peersByShift(baseline.calibration, needed, rows);
  const budget = divideRate(policy.falseAlarmsPer100, stratum.unusual.length);
  const bars = barsOf(stratum, budget, judged);
  const signals = judged
    .map((one) => sized(one, bars[one.null.kind], policy))
    .toSorted((a, b) => b.z - a.z || (nameOf(a.null) < nameOf(b.null) ? -1 : 1));
  return {
    seasonClass,
    rows,
    stratum,
    budget,
    missingWindows: Math.max(0, needed - stratum.unusual.length),
    p: conformalP(stratum, highest(signals)),
    shiftP: conformalP(shifts, highest(signals.filter(({ measure }) => measure.kind !== 'loss'))),
    signals,
    leftOut: leftOut(scorer, signals),
  };
};

/** As the baseline resolved it: a class that it has no sum of falls back. */
const classOf = <Profile>({ season, classes }: CalibratedBaseline<Profile>, start: string): string =>
  resolveClass(season, start, new Map(Object.entries(classes).map(([name, { windows }]) => [name, windows])));

/** Performance is judged once enough windows of history have labels for the stated rate. */
const judgeable = (measures: Measure[], calibration: readonly CalibrationWindow[], needed: number): Measure[] =>
  calibration.filter(({ loss }) => loss !== null).length >= needed
    ? measures
    : measures.filter(({ kind }) => kind !== 'loss');

type Known = { null: SignalNull; measure: Measure; z: number };

const known = <Profile>(
  { signals }: CalibratedBaseline<Profile>,
  measures: readonly Measure[],
  constant: readonly string[],
): Known[] => {
  const byName = new Map(signals.map((signal) => [nameOf(signal), signal]));
  const unvaried = signals.filter(({ kind }) => kind === 'unvaried').map(({ column }) => column);
  return comparable(measures, constant, unvaried).flatMap((measure) => {
    const signal = byName.get(nameOf(measure));
    return signal ? [{ null: signal, measure, z: unusualness(signal, measure) }] : [];
  });
};

/**
 * The calibration windows to compare with. A window's performance counts wherever it is known, before and after this
 * window's own labels are in, so that looking twice does not take the stated rate twice.
 */
const peers = (calibration: readonly CalibrationWindow[], withLoss: boolean, needed: number, rows: number): Stratum =>
  stratumOf(
    stratify(
      calibration
        .filter(({ loss }) => !withLoss || loss !== null)
        .map(({ rows: size, t, loss }) => ({ rows: size, unusual: loss === null ? t : Math.max(t, loss) })),
      needed,
    ),
    rows,
  );

const peersByShift = (calibration: readonly CalibrationWindow[], needed: number, rows: number): Stratum =>
  stratumOf(
    stratify(
      calibration.map(({ rows: size, t }) => ({ rows: size, unusual: t })),
      needed,
    ),
    rows,
  );

const sized = ({ null: signal, measure, z }: Known, bar: number, { minEffect }: Policy): ComparedSignal => {
  const sizes = sizesOf(signal, measure, bar);
  return {
    ...sizes,
    null: signal,
    measure,
    z,
    p: signalP(signal, z),
    effect: effectOf(measure, sizes),
    floor: floorOf(measure, minEffect),
    bar,
  };
};

const barsOf = (stratum: Stratum, budget: Budget, judged: readonly Known[]): Record<SignalNull['kind'], number> => {
  const limit = unusualLimit(stratum, budget);
  const rates = judged.filter(({ null: { kind } }) => kind === 'rate' || kind === 'unvaried').length;
  const atLeast = Math.max(limit, binomialLimit(budget, rates));
  return { distance: limit, loss: limit, rate: atLeast, unvaried: atLeast };
};

/** Above the usual: in either direction for a rate, and worse for performance. */
export const effectOf = ({ kind }: Measure, { score, usual }: Pick<Sizes, 'score' | 'usual'>): number =>
  kind === 'rate' ? Math.abs(score - usual) : Math.max(0, score - usual);

export const floorOf = ({ kind }: Measure, minEffect: number): number => {
  if (kind === 'loss') return 0;
  return kind === 'rate' ? minEffect / rateWeight : minEffect;
};

const highest = (signals: readonly { z: number }[]): number =>
  signals.reduce((most, { z }) => Math.max(most, z), -Number.MAX_VALUE);

const leftOut = <Profile>({ distances }: Scorer<Profile>, signals: readonly ComparedSignal[]): string[] => {
  const compared = new Set(signals.map((signal) => nameOf(signal.null)));
  return [...new Set(distances.filter((distance) => !compared.has(nameOf(distance))).map(({ column }) => column))];
};
