import { describe, expect, it } from 'vitest';
import { calibratedBaseline } from '../shared/domain/calibration/baseline.ts';
import { buildCalibratedBaseline } from '../shared/domain/calibration/build.ts';
import { digestOf } from '../shared/kernel/ids.ts';
import * as z from 'zod';
import {
  build,
  check,
  dayStart,
  drawHistory,
  drawWindow,
  hourStart,
  names,
  type Sums,
  sumsScorer,
} from './calibration-windows.ts';
import { seededRandom } from './seeded-random.ts';

const onePer100 = { falseAlarmsPer100: 1, minEffect: 0 };
const fivePer100 = { falseAlarmsPer100: 5, minEffect: 0 };
const process = { columns: names(20) };
const share = (flags: boolean[]): number => flags.filter(Boolean).length / flags.length;
const history = (seed: number, windows = 112) => build(drawHistory(seededRandom(seed), windows, process), process);

const withMissing = (window: { start: string; profile: Sums }, column: string, rows: number) => ({
  ...window,
  profile: { ...window.profile, missing: { ...window.profile.missing, [column]: rows } },
});

const expectFinite = (value: unknown): void => {
  const text = JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'number' && !Number.isFinite(inner) ? 'NOT FINITE' : inner,
  );
  expect(text).not.toContain('NOT FINITE');
};

describe('the calibrated check', () => {
  it('gives p-values that are uniform when nothing is wrong', () => {
    const ps = Array.from({ length: 1500 }, (_, seed) => {
      const random = seededRandom(50_000 + seed);
      const small = { columns: names(3), rows: 100 + Math.floor(900 * random.uniform()) };
      const baseline = build(drawHistory(random, 39, small), small);
      return check(baseline, drawWindow(random, dayStart(40), small), fivePer100).verdict.p ?? 0;
    });
    for (const level of [0.05, 0.1, 0.25, 0.5, 0.75])
      expect(Math.abs(share(ps.map((p) => p <= level + 1e-9)) - level)).toBeLessThan(
        3.5 * Math.sqrt((level * (1 - level)) / 1500),
      );
  });

  it.each([
    ['days that differ', { ...process }, 'none'],
    ['a weekly season', { ...process, seasonSd: 0.2 }, 'day-of-week'],
  ] as const)('keeps the stated rate over twenty columns with %s', (_name, seasonal, season) => {
    const alarms = Array.from({ length: 10 }, (_, run) => {
      const random = seededRandom(60_000 + run);
      const baseline = build(drawHistory(random, 112, seasonal), seasonal, season);
      let previous: ReturnType<typeof check>['state'] | null = null;
      return Array.from({ length: 100 }, (_unused, day) => {
        const { verdict, state } = check(
          baseline,
          drawWindow(random, dayStart(112 + day), seasonal),
          onePer100,
          previous,
        );
        previous = state;
        return verdict.verdict === 'drift';
      });
    });
    expect(share(alarms.flat())).toBeLessThanOrEqual(0.015);
  });

  it('finds 0.2 sd in one column of twenty at once, names it, and hardly ever another', () => {
    const verdicts = Array.from({ length: 100 }, (_, run) => {
      const baseline = history(70_000 + run);
      return check(baseline, drawWindow(seededRandom(run), dayStart(112), process, { c7: 0.2 }), onePer100).verdict;
    });
    expect(
      share(verdicts.map(({ verdict, reason }) => verdict === 'drift' && reason === 'sudden-shift')),
    ).toBeGreaterThanOrEqual(0.9);
    expect(verdicts.find(({ verdict }) => verdict === 'drift')?.columns[0]).toMatchObject({
      name: 'c7',
      atFault: true,
    });
    const named = verdicts.flatMap(({ columns }) => columns.filter(({ atFault }) => atFault));
    expect(share(named.map(({ name }) => name !== 'c7'))).toBeLessThan(0.1);
  });

  it('is not told of a shift below minEffect', () => {
    const window = drawWindow(seededRandom(1), dayStart(112), process, { c7: 0.3 });
    expect(check(history(1), window, { falseAlarmsPer100: 1, minEffect: 0.5 }).verdict.verdict).toBe('no-drift');
    expect(check(history(1), window, { falseAlarmsPer100: 1, minEffect: 0.02 }).verdict.verdict).toBe('drift');
  });

  it('finds a burst of missing values where history has none, and not a single row', () => {
    const window = drawWindow(seededRandom(2), dayStart(112), process);
    const { verdict } = check(history(2), withMissing(window, 'c3', 200), { falseAlarmsPer100: 1, minEffect: 0.02 });
    expect(verdict).toMatchObject({ verdict: 'drift', reason: 'sudden-shift' });
    expect(verdict.columns[0]).toMatchObject({
      name: 'c3',
      metric: 'missing-rate',
      score: 0.02,
      usual: 0,
      atFault: true,
    });
    expect(check(history(2), withMissing(window, 'c3', 1), onePer100).verdict.verdict).toBe('no-drift');
  });

  it('takes missing values for granted where history has them in bursts', () => {
    const random = seededRandom(3);
    const bursty = drawHistory(random, 112, process).map((window, day) =>
      withMissing(window, 'c3', day % 4 === 0 ? 300 : 0),
    );
    const window = withMissing(drawWindow(random, dayStart(112), process), 'c3', 300);
    expect(check(build(bursty, process), window, onePer100).verdict.verdict).toBe('no-drift');
  });

  it('refuses a rate that history is too short for, with the arithmetic', () => {
    const { verdict } = check(history(4, 59), drawWindow(seededRandom(4), dayStart(59), process), onePer100);
    expect(verdict).toMatchObject({ verdict: 'not-enough-data', reason: null, p: null, missingWindows: 40 });
    expect(verdict.sentence).toContain('100/(59 + 1) = 1.67');
    expect(verdict.sentence).toContain('99 windows, 40 more');
    expect(verdict.detectable?.shift).toBeGreaterThan(0);
    expect(check(history(4, 99), drawWindow(seededRandom(4), dayStart(99), process), onePer100).verdict.verdict).toBe(
      'no-drift',
    );
  });

  it('has no verdict on a window without rows, or much smaller than any before', () => {
    const empty = drawWindow(seededRandom(5), dayStart(112), { ...process, rows: 1 });
    const none = { ...empty, profile: { ...empty.profile, rows: 0, sums: {} } };
    for (const window of [empty, none]) {
      const { verdict } = check(history(5), window, onePer100);
      expect(verdict.verdict).toBe('not-enough-data');
      expectFinite(verdict);
    }
  });

  it.each([0, 1, 2, 3, 5])('is finite, and refuses, with %i windows of history', (windows) => {
    const baseline = history(6, windows);
    const { verdict, state } = check(baseline, drawWindow(seededRandom(6), dayStart(9), process), onePer100);
    expect(verdict).toMatchObject({ verdict: 'not-enough-data', missingWindows: 99 - (windows < 2 ? 0 : windows) });
    expectFinite([baseline, verdict, state]);
  });

  it('is the same to the bit whatever the order of the history, after JSON, and without subtraction', () => {
    const windows = drawHistory(seededRandom(7), 60, process).map(({ start, profile }) => ({
      start,
      profile: {
        ...profile,
        sums: Object.fromEntries(Object.entries(profile.sums).map(([n, s]) => [n, Math.round(s)])),
      },
    }));
    const baseline = build(windows, process, 'day-of-week');
    expect(digestOf(build(windows.toReversed(), process, 'day-of-week'))).toBe(digestOf(baseline));
    const merged = buildCalibratedBaseline(sumsScorer(process.columns, { subtract: false }), windows, {
      model: 'flight-delays',
      champion: 1,
      bins: 'b'.repeat(64),
      season: 'day-of-week',
    });
    expect(digestOf(merged)).toBe(digestOf(baseline));
    const read = calibratedBaseline(z.custom<Sums>()).parse(JSON.parse(JSON.stringify(baseline)));
    const window = drawWindow(seededRandom(8), dayStart(61), process, { c1: 0.1 });
    const policy = { falseAlarmsPer100: 2, minEffect: 0 };
    expect(check(read, window, policy)).toEqual(check(baseline, window, policy));
  });

  it('refuses a history that holds a window twice', () => {
    const windows = drawHistory(seededRandom(9), 10, process);
    expect(() => build([...windows, ...windows.slice(0, 1)], process)).toThrow(/twice/);
  });
});

const planOf = (day: number, plan = 0) => ({
  start: dayStart(day),
  profile: {
    rows: 100,
    sums: { weekday: 100 * (day % 7), plan: 100 * plan },
    missing: { weekday: 0, plan: 0 },
    loss: { rows: 0, sum: 0 },
  },
});

describe('season classes', () => {
  it('compare a Monday with Mondays', () => {
    const seasonal = { columns: names(4), seasonSd: 1 };
    const baseline = build(drawHistory(seededRandom(10), 70, seasonal), seasonal, 'day-of-week');
    const monday = drawWindow(seededRandom(11), dayStart(70), seasonal);
    expect(check(baseline, monday, fivePer100).verdict).toMatchObject({
      verdict: 'no-drift',
      compared: { seasonClass: 'monday', windows: 70 },
    });
    const thursdayOnMonday = {
      start: dayStart(70),
      profile: drawWindow(seededRandom(11), dayStart(73), seasonal).profile,
    };
    expect(check(baseline, thursdayOnMonday, fivePer100).verdict.verdict).toBe('drift');
  });

  it.each([
    ['day-of-week', 27, 6, 'all'],
    ['day-of-week', 28, 6, 'sunday'],
    ['hour-of-day', 3 * 24, 3, 'all'],
    ['hour-of-day', 4 * 24, 3, '03h'],
    ['hour-of-week', 3 * 24, 3, 'all'],
    ['hour-of-week', 2 * 168, 3, '03h'],
    ['hour-of-week', 4 * 168, 3, 'monday 03h'],
  ] as const)('%s after %i windows: window %i is compared with %s', (season, windows, index, seasonClass) => {
    const small = { columns: names(2) };
    const at = season === 'day-of-week' ? dayStart : hourStart;
    const drawn = Array.from({ length: windows }, (_, i) => drawWindow(seededRandom(i), at(i), small));
    const next = season === 'day-of-week' ? at(index + 70) : at(index + 168 * 10);
    const { verdict } = check(build(drawn, small, season), drawWindow(seededRandom(12), next, small), fivePer100);
    expect(verdict.compared.seasonClass).toBe(seasonClass);
  });

  it('leave out a column that a class holds constant, by name, and keep one that never varied', () => {
    const columns = ['weekday', 'plan'];
    const scorer = {
      ...sumsScorer(columns),
      distances: sumsScorer(columns).distances.map((distance) => ({
        ...distance,
        onlyValue: ({ rows, sums }: Sums) =>
          Number.isInteger((sums[distance.column] ?? 0) / rows) ? String((sums[distance.column] ?? 0) / rows) : null,
      })),
    };
    const baseline = buildCalibratedBaseline(
      scorer,
      Array.from({ length: 60 }, (_, day) => planOf(day)),
      {
        model: 'flight-delays',
        champion: 1,
        bins: 'b'.repeat(64),
        season: 'day-of-week',
      },
    );
    const judge = (plan: number) => check(baseline, planOf(63, plan), { falseAlarmsPer100: 2, minEffect: 0 }).verdict;
    expect(judge(0)).toMatchObject({ verdict: 'no-drift', leftOut: ['weekday'] });
    expect(judge(0.3)).toMatchObject({ verdict: 'drift', columns: [{ name: 'plan' }, {}, {}] });
  });
});
