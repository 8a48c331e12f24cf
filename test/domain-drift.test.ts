import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BinSet, ColumnBins } from '../shared/domain/bins.ts';
import type { ColumnCounts } from '../shared/domain/counts.ts';
import { type Baseline, buildBaseline, columnScore, judgeWindow } from '../shared/domain/drift.ts';
import { mergeWindowProfiles, type WindowProfile } from '../shared/domain/window-profile.ts';
import { digestOf } from '../shared/kernel/ids.ts';
import { binsOf, countsOf } from './bins-of.ts';
import { seededRandom } from './seeded-random.ts';

const identity = { model: 'flight-delays', champion: 1 };
const fourValues: ColumnBins = { kind: 'category', values: ['a', 'b', 'c', 'd'], rare: [], openEnded: false };
const bins: BinSet = {
  format: 2,
  columns: { hour: fourValues, distance: fourValues, origin: fourValues, x: fourValues },
  outcome: null,
};
const monitor = { window: 'P1D', season: 'none', falseAlarmsPer100: 5, minEffect: 0 } as const;
const windowStart = (day: number): string => new Date(Date.UTC(2026, 0, 1 + day)).toISOString();

/** From the rows of every cell. */
const rowsOf = (rows: number[], missing = 0): ColumnCounts => {
  const cells = [...rows.keys()].filter((cell) => rows[cell] !== 0);
  return { cells, counts: cells.map((cell) => rows[cell] ?? 0), offsets: [], squares: '0', missing, invalid: 0 };
};

const windowOf = (day: number, columns: Record<string, number[]>, missing = 0): WindowProfile => ({
  windowStart: windowStart(day),
  rows: (Object.values(columns)[0] ?? []).reduce((sum, count) => sum + count, missing),
  columns: Object.fromEntries(Object.entries(columns).map(([name, rows]) => [name, rowsOf(rows, missing)])),
  outcomes: [],
});

/** A window of `rows` rows, each falling into one of four cells of each column by the column's shares. */
const sample = (random: { uniform(): number }, day: number, shares: Record<string, number[]>, rows = 500) => {
  const draw = (of: number[]): number => {
    let left = random.uniform();
    const cell = of.findIndex((share) => (left -= share) < 0);
    return cell < 0 ? of.length - 1 : cell;
  };
  const columns = Object.entries(shares).map(([name, of]): [string, number[]] => {
    const cells = of.map(() => 0);
    for (let row = 0; row < rows; row += 1) {
      const cell = draw(of);
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    return [name, cells];
  });
  return windowOf(day, Object.fromEntries(columns));
};

const shares = { hour: [0.1, 0.2, 0.3, 0.4], distance: [0.25, 0.25, 0.25, 0.25], origin: [0.7, 0.1, 0.1, 0.1] };
const history = (seed: number, windows: number): Baseline => {
  const random = seededRandom(seed);
  return buildBaseline(
    Array.from({ length: windows }, (_, day) => sample(random, day, shares)),
    bins,
    identity,
  );
};

const counts = fc
  .tuple(fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 }), fc.nat(50))
  .map(([rows, missing]) => rowsOf(rows, missing));
const outcome = fc.tuple(fc.integer({ min: -3, max: 3 }), fc.nat(2), fc.constant(-1), fc.nat(1), fc.nat(100));
/** Cells ascending and each once, as a reader counts them; some windows were emptied. */
const profile = fc
  .record({ a: counts, b: counts, c: counts }, { requiredKeys: [] })
  .chain((columns) => fc.tuple(fc.constant(columns), fc.nat(9999), fc.option(outcome)))
  .map(
    ([columns, rows, joint]): WindowProfile => ({
      windowStart: windowStart(0),
      rows,
      columns: columns as WindowProfile['columns'],
      outcomes: joint ? [{ group: null, rows: [joint] }] : [],
    }),
  );
const merged = (...profiles: WindowProfile[]): WindowProfile => mergeWindowProfiles(profiles);

describe('profiles', () => {
  it('merge in any order and any grouping to the same', () => {
    fc.assert(
      fc.property(profile, profile, profile, (a, b, c) => {
        expect(digestOf(merged(b, a))).toBe(digestOf(merged(a, b)));
        expect(digestOf(merged(merged(a, b), c))).toBe(digestOf(merged(a, merged(b, c))));
        expect(digestOf(merged(c, b, a))).toBe(digestOf(merged(a, b, c)));
      }),
    );
  });

  it('merge to the counts of all rows, and are not changed by it', () => {
    const [a, b] = [windowOf(0, { x: [1, 2, 3] }, 4), windowOf(0, { x: [10, 20, 30] }, 40)];
    expect(merged(a, b)).toEqual(windowOf(0, { x: [11, 22, 33] }, 44));
    expect(a).toEqual(windowOf(0, { x: [1, 2, 3] }, 4));
    expect(merged(a)).toEqual(a);
  });

  it('are not changed by a window that a file no longer has rows in', () => {
    const window = windowOf(0, { x: [1, 0, 3] }, 4);
    expect(merged(window, { ...window, rows: 0, columns: {} })).toEqual(window);
  });
});

const score = (a: ColumnCounts, b: ColumnCounts): number => columnScore(fourValues, a, b);

describe('the score of a column', () => {
  it.each([
    ['the same shares of different sizes', rowsOf([1, 2, 3]), rowsOf([10, 20, 30]), 0],
    ['nothing in common', rowsOf([5, 0]), rowsOf([0, 9]), 1],
    ['a tenth of the rows moved', rowsOf([50, 50]), rowsOf([60, 40]), 0.1],
    ['values gone missing', rowsOf([100, 0]), rowsOf([80, 0], 20), 0.2],
    ['an empty side', rowsOf([0, 0]), rowsOf([1, 1]), 0],
  ])('of %s', (_what, a, b, distance) => {
    expect(score(a, b)).toBeCloseTo(distance, 12);
  });

  it('of numbers is how far their distribution functions are apart, or how many have gone', () => {
    const numbers = binsOf([1, 2, 3, 4]);
    const [before, up] = [countsOf(numbers, [1, 2, 3, 4]), countsOf(numbers, [2, 3, 4, 5])];
    expect(columnScore(numbers, before, up)).toBeCloseTo(0.25, 12);
    expect(columnScore(numbers, before, countsOf(numbers, [1, 2, 3, 4, Number.NaN]))).toBeCloseTo(0.2, 12);
    expect(columnScore(numbers, before, countsOf(numbers, [Number.NaN, Number.POSITIVE_INFINITY]))).toBe(1);
  });

  it('is symmetric, between 0 and 1, and 0 against itself', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        expect(score(a, b)).toBe(score(b, a));
        expect(score(a, b)).toBeGreaterThanOrEqual(0);
        expect(score(a, b)).toBeLessThanOrEqual(1 + 1e-12);
        expect(score(a, a)).toBe(0);
      }),
    );
  });
});

describe('judgeWindow', () => {
  const baseline = history(1, 40);

  it('is the same to the bit whenever it is asked, and changes nothing', () => {
    const window = sample(seededRandom(2), 50, { ...shares, hour: [0.2, 0.2, 0.3, 0.3] });
    const before = JSON.stringify([baseline, window]);
    const first = JSON.stringify(judgeWindow(baseline, bins, window, monitor));
    const stored = judgeWindow(
      JSON.parse(JSON.stringify(baseline)) as Baseline,
      bins,
      structuredClone(window),
      monitor,
    );
    expect(JSON.stringify(stored)).toBe(first);
    expect(JSON.stringify([baseline, window])).toBe(before);
  });

  it('gives the same verdict from the same windows in any order', () => {
    const random = seededRandom(3);
    const windows = Array.from({ length: 20 }, (_, day) => sample(random, day, shares));
    expect(buildBaseline(windows.toReversed(), bins, identity)).toEqual(buildBaseline(windows, bins, identity));
  });

  it('finds no drift where every window is the same', () => {
    const same = Array.from({ length: 20 }, (_, day) => windowOf(day, { x: [10, 20, 30] }));
    const verdict = judgeWindow(buildBaseline(same, bins, identity), bins, windowOf(30, { x: [10, 20, 30] }), monitor);
    expect(verdict).toMatchObject({ verdict: 'no-drift', p: 1, effect: 0, rows: 60 });
  });

  it('finds a shifted column, names it first and says so in a sentence', () => {
    const window = sample(seededRandom(4), 50, { ...shares, distance: [0.55, 0.15, 0.15, 0.15] });
    const verdict = judgeWindow(baseline, bins, window, monitor);
    expect(verdict).toMatchObject({
      verdict: 'drift',
      reason: 'sudden-shift',
      columns: [{ name: 'distance' }, {}, {}],
    });
    expect(verdict.effect).toBeGreaterThan(0.2);
    expect(verdict.p).toBeLessThanOrEqual(0.05);
    expect(verdict.sentence).toMatch(/^Drift: distance differs from the reference in \d+\.\d % of rows/);
  });

  it('finds a column that has gone missing', () => {
    const gone = windowOf(50, Object.fromEntries(Object.keys(shares).map((name) => [name, [0, 0, 0, 0]])), 500);
    expect(judgeWindow(baseline, bins, gone, monitor).verdict).toBe('drift');
  });

  it('stays silent about a shift that is real but smaller than what matters', () => {
    const window = sample(seededRandom(4), 50, { ...shares, distance: [0.55, 0.15, 0.15, 0.15] });
    const verdict = judgeWindow(baseline, bins, window, { ...monitor, minEffect: 0.5 });
    expect(verdict).toMatchObject({ verdict: 'no-drift', reason: null });
    expect(verdict.p).toBeLessThanOrEqual(0.05);
  });

  it('cries wolf about as often as it was told to, and no more', () => {
    const checks = 25;
    const alarmsAt = (falseAlarmsPer100: number): number => {
      let alarms = 0;
      for (let seed = 100; seed < 140; seed += 1) {
        const past = history(seed, 39);
        const random = seededRandom(seed + 1000);
        for (let day = 0; day < checks; day += 1) {
          const { verdict } = judgeWindow(past, bins, sample(random, 50 + day, shares), {
            ...monitor,
            falseAlarmsPer100,
          });
          if (verdict === 'drift') alarms += 1;
        }
      }
      return (100 * alarms) / (40 * checks);
    };
    // 1000 checks on 40 histories: the rate, give or take what 40 histories leave open.
    expect(alarmsAt(5)).toBeGreaterThan(2);
    expect(alarmsAt(5)).toBeLessThan(8);
    expect(alarmsAt(20)).toBeGreaterThan(14);
    expect(alarmsAt(20)).toBeLessThan(27);
  });

  it.each([
    [5, 19],
    [2, 49],
    [10, 9],
    [40, 2],
    [7, 14],
    [0.5, 199],
  ])('at %d false alarms per 100 needs %i reference windows, and then can speak', (falseAlarmsPer100, needed) => {
    const shifted = windowOf(900, { x: [0, 0, 100] });
    const noise = (day: number) => windowOf(day, { x: [50 + (day % 7), 50 - (day % 5), 3] });
    const judgedAfter = (windows: number) =>
      judgeWindow(
        buildBaseline(
          Array.from({ length: windows }, (_, day) => noise(day)),
          bins,
          identity,
        ),
        bins,
        shifted,
        { ...monitor, falseAlarmsPer100 },
      );
    expect(judgedAfter(needed).verdict).toBe('drift');
    const short = judgedAfter(needed - 1);
    expect(short).toMatchObject({ verdict: 'not-enough-data', reason: null, p: null, effect: null });
    expect(short.sentence).toContain('; 1 more are needed.');
  });

  it('keeps to the rate where hundredths have no exact binary form', () => {
    // 99 reference windows, of which six are as unusual as this one: p is 7 in 100.
    const usual = Array.from({ length: 93 }, (_, day) => ({ windowStart: windowStart(day), scores: { x: 0.01 } }));
    const odd = Array.from({ length: 6 }, (_, day) => ({ windowStart: windowStart(93 + day), scores: { x: 0.9 } }));
    const columns = { x: rowsOf([1000, 1000]) };
    const past: Baseline = {
      ...identity,
      bins: digestOf(bins),
      rows: 2000,
      columns,
      leftOut: [],
      calibration: [...usual, ...odd],
    };
    const verdict = judgeWindow(past, bins, windowOf(200, { x: [700, 300] }), { ...monitor, falseAlarmsPer100: 7 });
    expect(verdict).toMatchObject({ verdict: 'drift', p: 0.07 });
  });

  it('has no verdict on an empty window', () => {
    const verdict = judgeWindow(baseline, bins, windowOf(50, { hour: [0, 0, 0, 0] }), monitor);
    expect(verdict).toMatchObject({
      verdict: 'not-enough-data',
      rows: 0,
      sentence: expect.stringContaining('no rows'),
    });
  });
});
