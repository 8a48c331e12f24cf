import { describe, expect, it } from 'vitest';
import { divideRate, fewestWindows } from '../shared/domain/calibration/budget.ts';
import { evidence, type SlowState } from '../shared/domain/calibration/slow.ts';
import { stratify, stratumOf } from '../shared/domain/calibration/strata.ts';
import type { CalibratedVerdict } from '../shared/domain/calibration/verdict.ts';
import {
  build,
  check,
  dayStart,
  drawHistory,
  drawWindow,
  names,
  type Process,
  type Sums,
} from './calibration-windows.ts';
import { seededRandom } from './seeded-random.ts';

const policy = { falseAlarmsPer100: 2, minEffect: 0.02 };
/** Its alarms are rare, so that evidence is kept. */
const lenient = { ...policy, minEffect: 1 };
const process = { columns: names(5) };

/** The checks of `days` windows in a row after 112 of history; `shift` by day, of column c2. */
const replay = (seed: number, days: number, shift: (day: number) => number, of: Process = process, stated = policy) => {
  const random = seededRandom(seed);
  const baseline = build(drawHistory(random, 112, of), of);
  let previous: SlowState<Sums> | null = null;
  const verdicts: CalibratedVerdict[] = [];
  for (let day = 0; day < days; day += 1) {
    const window = drawWindow(random, dayStart(112 + day), of, { c2: shift(day) });
    const checked = check(baseline, window, stated, previous);
    previous = checked.state;
    verdicts.push(checked.verdict);
  }
  return verdicts;
};

describe('slow shifts', () => {
  it('finds a shift that is too small for any one window, with m and without p, and names the column', () => {
    const found = Array.from({ length: 30 }, (_, run) => replay(80_000 + run, 40, () => 0.07));
    const slow = found.map((verdicts) => verdicts.find(({ reason }) => reason === 'slow-shift'));
    expect(
      found.filter((verdicts) => verdicts.some(({ verdict }) => verdict === 'drift')).length,
    ).toBeGreaterThanOrEqual(28);
    expect(slow.filter(Boolean).length).toBeGreaterThanOrEqual(15);
    for (const verdict of slow.filter((one) => one !== undefined)) {
      expect(verdict).toMatchObject({ verdict: 'drift', p: null });
      expect(verdict.m).toBeGreaterThanOrEqual(1 / (verdict.falseAlarmsPer100.slow / 100) - 1e-6);
      expect(verdict.columns[0]).toMatchObject({ name: 'c2', atFault: true });
      expect(verdict.effect).toBeGreaterThanOrEqual(policy.minEffect);
    }
  });

  it('finds a ramp of 0.05 sd a window within a few windows', () => {
    const delays = Array.from({ length: 30 }, (_, run) =>
      replay(81_000 + run, 12, (day) => 0.05 * (day + 1)).findIndex(({ verdict }) => verdict === 'drift'),
    );
    expect(delays).not.toContain(-1);
    expect(delays.toSorted((a, b) => a - b)[15]).toBeLessThanOrEqual(5);
  });

  it('starts anew after an alarm: a steady small shift does not alarm at every check', () => {
    const verdicts = replay(82_000, 60, () => 0.07);
    const alarms = verdicts.flatMap(({ reason }, day) => (reason === 'slow-shift' ? [day] : []));
    expect(alarms.length).toBeGreaterThan(1);
    for (const [i, day] of alarms.entries()) expect(day - (alarms[i - 1] ?? -10)).toBeGreaterThanOrEqual(3);
    for (const day of alarms) expect(verdicts[day + 1]?.m ?? 0).toBeLessThan(6);
  });

  it('hardly ever alarms when nothing is wrong', () => {
    const verdicts = Array.from({ length: 15 }, (_, run) => replay(83_000 + run, 100, () => 0)).flat();
    const rate = (reason: string) => verdicts.filter((one) => one.reason === reason).length / verdicts.length;
    expect(rate('slow-shift')).toBeLessThanOrEqual(0.005);
    expect(rate('slow-shift') + rate('sudden-shift')).toBeLessThanOrEqual(0.02);
  });

  it('leaves a slow shift below minEffect alone', () => {
    const verdicts = replay(84_000, 60, () => 0.07, process, { ...policy, minEffect: 0.2 });
    expect(verdicts.every(({ verdict }) => verdict === 'no-drift')).toBe(true);
    expect(Math.max(...verdicts.map(({ m }) => m ?? 0))).toBeLessThan(Number.MAX_SAFE_INTEGER);
  });

  it('compares the merged windows with their seasons in the same proportion', () => {
    const seasonal = { ...process, seasonSd: 0.5 };
    const random = seededRandom(85_000);
    const baseline = build(drawHistory(random, 112, seasonal), seasonal, 'day-of-week');
    let previous: SlowState<Sums> | null = null;
    let found: CalibratedVerdict | null = null;
    for (let day = 0; day < 40 && !found; day += 1) {
      const window = drawWindow(random, dayStart(112 + day), seasonal, { c2: 0.08 });
      const { verdict, state } = check(baseline, window, policy, previous);
      previous = state;
      if (verdict.reason === 'slow-shift') found = verdict;
    }
    expect(found?.columns[0]?.name).toBe('c2');
    expect(found?.columns[0]?.score).toBeLessThan(0.15);
  });

  it('builds on the state of an earlier window under the same baseline only', () => {
    const random = seededRandom(86_000);
    const baseline = build(drawHistory(random, 112, process), process);
    const window = drawWindow(random, dayStart(115), process);
    const alone = check(baseline, window, policy);
    const before = check(baseline, drawWindow(random, dayStart(114), process, { c2: 0.2 }), lenient).state;
    expect(before.m).toBeGreaterThan(1);
    expect(check(baseline, window, policy, before).verdict.m).not.toBe(alone.verdict.m);
    expect(check(baseline, window, policy, { ...before, start: dayStart(116) })).toEqual(alone);
    expect(check(baseline, window, policy, { ...before, start: dayStart(115) })).toEqual(alone);
    expect(check(baseline, window, policy, { ...before, baseline: 'f'.repeat(64) })).toEqual(alone);
    const throughJson = JSON.parse(JSON.stringify(before)) as SlowState<Sums>;
    expect(check(baseline, window, policy, throughJson)).toEqual(check(baseline, window, policy, before));
  });

  it('passes its evidence over a window that has no verdict', () => {
    const random = seededRandom(87_000);
    const baseline = build(drawHistory(random, 112, process), process);
    const before = check(baseline, drawWindow(random, dayStart(114), process, { c2: 0.2 }), lenient).state;
    const small = drawWindow(random, dayStart(115), { ...process, rows: 2 });
    expect(check(baseline, small, policy, before).state).toEqual({ ...before, start: dayStart(115) });
  });
});

const worse = (window: ReturnType<typeof drawWindow>, by: number) => ({
  ...window,
  profile: { ...window.profile, loss: { rows: 10_000, sum: window.profile.loss.sum + 10_000 * by } },
});

const labelledRandom = () => seededRandom(88_000);

describe('performance', () => {
  const labelled = { ...process, labelled: true };
  const source = labelledRandom();
  const baseline = build(drawHistory(source, 112, labelled), labelled);
  const window = drawWindow(source, dayStart(112), labelled);

  it('decays for a reason of its own, and only for the worse', () => {
    const { verdict } = check(baseline, worse(window, 0.1), policy);
    expect(verdict).toMatchObject({ verdict: 'drift', reason: 'performance' });
    expect(verdict.sentence).toContain('performance');
    expect(check(baseline, worse(window, -0.1), policy).verdict.verdict).toBe('no-drift');
  });

  it('is judged once enough windows of history are labelled, and its labels do not change the slow evidence', () => {
    const unlabelled = { ...window, profile: { ...window.profile, loss: { rows: 0, sum: 0 } } };
    expect(check(baseline, unlabelled, policy).verdict.m).toBe(check(baseline, window, policy).verdict.m);
    const few = build(
      drawHistory(labelledRandom(), 112, labelled).map((one, day) =>
        day < 40 ? one : { ...one, profile: { ...one.profile, loss: { rows: 0, sum: 0 } } },
      ),
      labelled,
    );
    expect(check(few, worse(window, 0.1), policy).verdict).toMatchObject({ verdict: 'no-drift' });
  });

  it('shares one rate with sudden shifts, before and after the labels are in', () => {
    const alarms = Array.from({ length: 12 }, (_, run) => {
      const own = seededRandom(89_000 + run);
      const built = build(drawHistory(own, 112, labelled), labelled);
      return Array.from({ length: 100 }, (_unused, day) => {
        const late = drawWindow(own, dayStart(112 + day), labelled);
        const early = { ...late, profile: { ...late.profile, loss: { rows: 0, sum: 0 } } };
        return [early, late].some((one) => check(built, one, policy).verdict.verdict === 'drift');
      });
    }).flat();
    expect(alarms.filter(Boolean).length / alarms.length).toBeLessThanOrEqual(0.02);
  });
});

describe('the stated rate', () => {
  it.each([
    [5, 19],
    [2, 49],
    [1, 99],
    [0.1, 999],
    [7, 14],
  ])('%d per 100 takes %i windows', (rate, windows) => expect(fewestWindows(rate)).toBe(windows));

  it('is divided, and never passed', () => {
    for (const rate of [0.5, 1, 2, 5, 7, 20])
      for (let k = fewestWindows(rate); k < 1000; k += 1) {
        const { rank, sudden, slow, slowLimit } = divideRate(rate, k);
        expect(rank).toBeGreaterThanOrEqual(1);
        expect(sudden + slow).toBeLessThanOrEqual(rate / 100 + 1e-9);
        expect(slowLimit === null ? slow : slowLimit * slow - 1).toBeCloseTo(0, 9);
      }
    expect(divideRate(2, 59)).toMatchObject({ rank: 1, sudden: 1 / 60 });
    expect(divideRate(2, 49).slowLimit).toBeNull();
  });

  it('is an honest bet: evidence averages at most 1 over the p that k windows can give', () => {
    for (const k of [1, 19, 59, 719]) {
      const ps = Array.from({ length: k + 1 }, (_, i) => (i + 1) / (k + 1));
      expect(ps.reduce((sum, p) => sum + evidence(p), 0) / (k + 1)).toBeLessThanOrEqual(1);
    }
  });
});

const windows = (rows: number, count: number) => Array.from({ length: count }, (_, i) => ({ rows, unusual: i }));

const sizes = (all: { rows: number; unusual: number }[], atLeast: number) =>
  stratify(all, atLeast).map(({ fewestRows, mostRows, unusual }) => [fewestRows, mostRows, unusual.length]);

describe('size strata', () => {
  it('part sizes that differ, and merge those too small for the rate', () => {
    expect(sizes([...windows(1000, 50), ...windows(100, 50)], 49)).toEqual([
      [100, 100, 50],
      [1000, 1000, 50],
    ]);
    expect(sizes([...windows(1000, 40), ...windows(100, 60)], 49)).toEqual([[100, 1000, 100]]);
    expect(sizes([...windows(1000, 60), ...windows(100, 40)], 49)).toEqual([[100, 1000, 100]]);
    expect(sizes([...windows(1000, 60), ...windows(1100, 60)], 49)).toEqual([[1000, 1100, 120]]);
    expect(sizes([], 49)).toEqual([]);
  });

  it('place a window by its rows', () => {
    const strata = stratify([...windows(1000, 50), ...windows(100, 50)], 49);
    expect([50, 100, 101, 1000, 9999].map((rows) => stratumOf(strata, rows).mostRows)).toEqual([
      100, 100, 1000, 1000, 1000,
    ]);
  });

  it('keep the rate among small and among large windows', () => {
    const alarms = { small: [] as boolean[], large: [] as boolean[] };
    for (let run = 0; run < 12; run += 1) {
      const random = seededRandom(90_000 + run);
      const mixed = (day: number) => drawWindow(random, dayStart(day), { ...process, rows: day % 2 ? 300 : 30_000 });
      const baseline = build(
        Array.from({ length: 160 }, (_, day) => mixed(day)),
        process,
      );
      for (let day = 160; day < 260; day += 1)
        alarms[day % 2 ? 'small' : 'large'].push(check(baseline, mixed(day), policy).verdict.verdict === 'drift');
    }
    for (const flags of Object.values(alarms))
      expect(flags.filter(Boolean).length / flags.length).toBeLessThanOrEqual(0.03);
  });
});
