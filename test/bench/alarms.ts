import type { CalibratedBaseline } from '../../shared/domain/calibration/baseline.ts';
import { buildCalibratedBaseline } from '../../shared/domain/calibration/build.ts';
import { checkCalibrated } from '../../shared/domain/calibration/check.ts';
import type { Scorer } from '../../shared/domain/calibration/scorer.ts';
import type { SlowState } from '../../shared/domain/calibration/slow.ts';
import type { CalibratedVerdict } from '../../shared/domain/calibration/verdict.ts';
import { seededRandom } from '../seeded-random.ts';
import { type Day, readFlightDays } from './flight-days.ts';
import { type Histograms, histogramScorer, type Listed } from './histograms.ts';
import { addCategory, loseValues, shiftColumn } from './inject.ts';
import { anyKs, anyPsi } from './peers.ts';

const calibrationDays = 59;
const policy = { falseAlarmsPer100: 2, minEffect: 0 };
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
const weekdayOf = ({ start }: Day): string => weekdays[new Date(start).getUTCDay()] ?? '';

/** The design of the check was settled on seeds from 1000; the figures reported come from others. */
export type AlarmsOptions = { replays?: number; seed?: number };

/**
 * False alarms and detections on the flights by day. Each replay permutes all days within their weekday, so that nothing
 * drifts, calibrates on the first 59 and checks the rest, each check handing its state to the next. `modelColumns`: those
 * of examples/flights; `withDelay`: the delay itself too, whose days differ most.
 */
export const benchAlarms = async ({ replays = 100, seed = 700_000 }: AlarmsOptions = {}): Promise<object> => {
  const { days, columns } = await readFlightDays();
  const { delay, ...modelColumns } = columns;
  const run = (chosen: Record<string, Listed>) => report(replayAll(days, chosen, replays, seed));
  return { policy, replays, seed, modelColumns: run(modelColumns), withDelay: delay ? run(columns) : null };
};

type Checked = { weekday: string; verdict: CalibratedVerdict; ks: boolean; psi: boolean };
type Replay = { checks: Checked[]; found: Record<string, boolean> };

const replayAll = (days: Day[], columns: Record<string, Listed>, replays: number, seed: number): Replay[] =>
  Array.from({ length: replays }, (_, i) => replay(permute(days, seed + i), columns));

/** Each day takes the place of another day of its weekday. */
export const permute = (days: readonly Day[], seed: number): Day[] => {
  const random = seededRandom(seed);
  const left = Map.groupBy(days, weekdayOf);
  return days.map((day) => {
    const candidates = left.get(weekdayOf(day)) ?? [];
    const [drawn = day] = candidates.splice(Math.floor(random.uniform() * candidates.length), 1);
    return { start: day.start, profile: drawn.profile };
  });
};

const digest = 'baseline';

const replay = (days: Day[], columns: Record<string, Listed>): Replay => {
  const history = days.slice(0, calibrationDays);
  const any = histogramScorer(columns, {});
  const scorer = histogramScorer(columns, any.merge(history.map(({ profile }) => profile)));
  const reference = scorer.merge(history.map(({ profile }) => profile));
  const identity = { model: 'flight-delays', champion: 1, bins: 'exact', season: 'day-of-week' } as const;
  const baseline = buildCalibratedBaseline(scorer, history, identity);
  const { day_of_week: _, ...seasonless } = columns;
  let previous: SlowState<Histograms> | null = null;
  const checks = days.slice(calibrationDays).map((window): Checked => {
    const { verdict, state } = checkCalibrated(scorer, { baseline, digest, window, policy, previous });
    previous = state;
    return {
      weekday: weekdayOf(window),
      verdict,
      // day_of_week would alarm both every day.
      ks: anyKs(seasonless, reference, window.profile),
      psi: anyPsi(seasonless, reference, window.profile),
    };
  });
  return { checks, found: injections(scorer, baseline, days[calibrationDays], columns) };
};

/** Each fault alone in the first window that is checked. */
const injections = (
  scorer: Scorer<Histograms>,
  baseline: CalibratedBaseline<Histograms>,
  day: Day | undefined,
  columns: Record<string, Listed>,
): Record<string, boolean> => {
  if (!day) return {};
  const found = (profile: Histograms, column: string): boolean => {
    const window = { start: day.start, profile };
    const { verdict } = checkCalibrated(scorer, { baseline, digest, window, policy, previous: null });
    return verdict.verdict === 'drift' && verdict.columns.some(({ name, atFault }) => atFault && name === column);
  };
  const faults = Object.entries(columns).flatMap(([name, listed]): [string, boolean][] => {
    if (name === 'day_of_week') return [];
    const missing: [string, boolean] = [`${name} 2 % missing`, found(loseValues(day.profile, name, 0.02), name)];
    return listed.kind === 'number'
      ? [
          missing,
          [`${name} +0.1 sd`, found(shiftColumn(day.profile, name, listed, 0.1), name)],
          [`${name} +0.3 sd`, found(shiftColumn(day.profile, name, listed, 0.3), name)],
        ]
      : [missing, [`${name} 1 % new category`, found(addCategory(day.profile, name, 0.01), name)]];
  });
  return Object.fromEntries(faults);
};

const per100 = (flags: readonly boolean[]): number =>
  Math.round((10_000 * flags.filter(Boolean).length) / Math.max(flags.length, 1)) / 100;

const report = (replays: readonly Replay[]): object => {
  const checks = replays.flatMap((one) => one.checks);
  const byWeekday = (flag: (check: Checked) => boolean): Record<string, number> =>
    Object.fromEntries(weekdays.map((day) => [day, per100(checks.filter(({ weekday }) => weekday === day).map(flag))]));
  const rule = (flag: (check: Checked) => boolean) => ({ all: per100(checks.map(flag)), ...byWeekday(flag) });
  const because = (reason: string) => per100(checks.map(({ verdict }) => verdict.reason === reason));
  return {
    checks: checks.length,
    falseAlarmsPer100: {
      driftless: rule(({ verdict }) => verdict.verdict === 'drift'),
      'KS p < 0.05': rule(({ ks }) => ks),
      'PSI ≥ 0.1': rule(({ psi }) => psi),
    },
    byReason: { 'sudden-shift': because('sudden-shift'), 'slow-shift': because('slow-shift') },
    notEnoughData: checks.filter(({ verdict }) => verdict.verdict === 'not-enough-data').length,
    foundAtFirstCheckPer100: Object.fromEntries(
      Object.keys(replays[0]?.found ?? {}).map((fault) => [
        fault,
        per100(replays.map(({ found }) => found[fault] ?? false)),
      ]),
    ),
  };
};
