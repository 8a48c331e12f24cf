import { DriftlessError } from '../../kernel/errors.ts';
import type { CalibratedBaseline, CalibrationWindow, SeasonClass, SignalNull } from './baseline.ts';
import { type Measure, measureAll, nameOf } from './measure.ts';
import type { Scorer } from './scorer.ts';
import { classesOf, classSizes, reachableClasses, resolveClass, type Season } from './season.ts';
import { fitSignal } from './signal.ts';

/** A closed window's profile; `start` is UTC, ISO 8601 with milliseconds. */
export type Window<Profile> = { start: string; profile: Profile };

export type Identity = { model: string; champion: number; bins: string; season: Season };

/**
 * The baseline of a history in which nothing is wrong, in any order; windows without rows say nothing and are left out.
 * Each window is scored against the others of its season class.
 */
export const buildCalibratedBaseline = <Profile>(
  scorer: Scorer<Profile>,
  windows: readonly Window<Profile>[],
  identity: Identity,
): CalibratedBaseline<Profile> => {
  const history = inOrder(windows.filter(({ profile }) => scorer.rows(profile) > 0));
  const sizes = classSizes(
    identity.season,
    history.map(({ start }) => start),
  );
  const classes = sumClasses(scorer, history, identity.season, reachableClasses(identity.season, sizes));
  const measured = history.map((window) => measureWindow(scorer, window, classes, history, identity.season, sizes));
  const [signals, unusual] = fitSignals(measured, unvariedColumns(scorer, history));
  return {
    ...identity,
    rows: history.reduce((sum, { profile }) => sum + scorer.rows(profile), 0),
    classes,
    signals,
    calibration: measured.flatMap((window) => calibrate(window, unusual)),
  };
};

const inOrder = <Profile>(windows: readonly Window<Profile>[]): Window<Profile>[] => {
  const sorted = windows.toSorted((a, b) => (a.start < b.start ? -1 : 1));
  const twice = sorted.find(({ start }, i) => start === sorted[i + 1]?.start);
  if (!twice) return sorted;
  throw new DriftlessError('invalid-input', `The history holds the window of ${twice.start} twice; give each once.`);
};

const sumClasses = <Profile>(
  scorer: Scorer<Profile>,
  history: readonly Window<Profile>[],
  season: Season,
  names: readonly string[],
): Record<string, SeasonClass<Profile>> => {
  const members = Map.groupBy(
    history.flatMap(({ start, profile }) => classesOf(season, start).map((name) => ({ name, profile }))),
    ({ name }) => name,
  );
  return Object.fromEntries(
    names.flatMap((name) => {
      const profiles = (members.get(name) ?? []).map(({ profile }) => profile);
      if (profiles.length === 0) return [];
      const sum = scorer.merge(profiles);
      return [[name, { windows: profiles.length, sum, constant: constantColumns(scorer, sum) }]];
    }),
  );
};

const constantColumns = <Profile>(scorer: Scorer<Profile>, sum: Profile): string[] =>
  scorer.distances.filter(({ onlyValue }) => onlyValue(sum) !== null).map(({ column }) => column);

/** Columns with one value in every row of history: the first other value is news. */
const unvariedColumns = <Profile>(scorer: Scorer<Profile>, history: readonly Window<Profile>[]): string[] =>
  history.length === 0 ? [] : constantColumns(scorer, scorer.merge(history.map(({ profile }) => profile)));

type Measured = { start: string; rows: number; constant: string[]; measures: Measure[] };

const measureWindow = <Profile>(
  scorer: Scorer<Profile>,
  { start, profile }: Window<Profile>,
  classes: Record<string, SeasonClass<Profile>>,
  history: readonly Window<Profile>[],
  season: Season,
  sizes: ReadonlyMap<string, number>,
): Measured => {
  const name = resolveClass(season, start, sizes);
  const own = classes[name];
  const others = () =>
    history.filter((other) => other.start !== start && classesOf(season, other.start).includes(name));
  const rows = scorer.rows(profile);
  if (!own || own.windows < 2) return { start, rows, constant: [], measures: [] };
  const reference = scorer.subtract
    ? scorer.subtract(own.sum, profile)
    : scorer.merge(others().map((other) => other.profile));
  return { start, rows, constant: own.constant, measures: measureAll(scorer, reference, profile) };
};

/** Each window's unusual signals, by window. */
type Unusual = Map<string, { kind: Measure['kind']; z: number }[]>;

const fitSignals = (measured: readonly Measured[], unvaried: readonly string[]): [SignalNull[], Unusual] => {
  const unusual: Unusual = new Map(measured.map(({ start }) => [start, []]));
  const bySignal = Map.groupBy(
    measured.flatMap(({ start, constant, measures }) =>
      comparable(measures, constant, unvaried).map((measure) => ({ start, measure })),
    ),
    ({ measure }) => nameOf(measure),
  );
  const signals = [...bySignal.values()].map((one) => {
    const column = one[0]?.measure.column ?? '';
    const fitted = fitSignal(
      one.map(({ measure }) => measure),
      unvaried.includes(column),
    );
    for (const [i, { start, measure }] of one.entries())
      unusual.get(start)?.push({ kind: measure.kind, z: fitted.unusual[i] ?? 0 });
    return fitted.signal;
  });
  return [signals, unusual];
};

/** Without the distances of columns that a season class holds constant: they say nothing. */
export const comparable = (measures: readonly Measure[], constant: readonly string[], unvaried: readonly string[]) =>
  measures.filter(({ kind, column }) => kind !== 'distance' || !constant.includes(column) || unvaried.includes(column));

const calibrate = ({ start, rows }: Measured, unusual: Unusual): CalibrationWindow[] => {
  const found = unusual.get(start) ?? [];
  const [shifts, losses] = [found.filter(({ kind }) => kind !== 'loss'), found.filter(({ kind }) => kind === 'loss')];
  if (shifts.length === 0) return [];
  return [{ start, rows, t: Math.max(...shifts.map(({ z }) => z)), loss: losses[0]?.z ?? null }];
};
