import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePerformance, mergeSums } from '../shared/domain/merge-performance.ts';
import {
  binarySums,
  multiclassSums,
  type PerformanceSums,
  regressionSums,
  scoreCell,
  WindowPerformance,
} from '../shared/domain/performance.ts';
import { type Interval, type PerformanceMetric, performanceMetrics } from '../shared/domain/performance-metrics.ts';

type Scored = { label: boolean; score: number };
/** Scores on the grid and off it, close together so that ties and shared cells are many. */
const scored: fc.Arbitrary<Scored> = fc.record({
  label: fc.boolean(),
  score: fc.oneof(
    fc.integer({ min: 0, max: 200 }).map((i) => i / 200),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.integer({ min: 480, max: 520 }).map((i) => i / 1000),
  ),
});
const error = fc.record({
  label: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  predicted: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
});
const names = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');

const sumsOf = (rows: Scored[]): PerformanceSums =>
  mergeSums(rows.map(({ label, score }) => binarySums(label, score >= 0.5, score)));
const metric = (name: PerformanceMetric, sums: PerformanceSums): Interval => {
  const found = performanceMetrics[name](sums);
  if (!found) throw new Error(`${name} is undefined`);
  return found;
};
const expectWithin = ({ value, low, high }: Interval, exact: number): void => {
  expect(low).toBeLessThanOrEqual(value);
  expect(value).toBeLessThanOrEqual(high);
  expect(exact).toBeGreaterThanOrEqual(low - 1e-12 * Math.abs(exact));
  expect(exact).toBeLessThanOrEqual(high + 1e-12 * Math.abs(exact));
};
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('score cells', () => {
  it('give each two-hundredth a cell of its own and keep the order', () => {
    for (let i = 0; i <= 200; i += 1) expect(scoreCell(i / 200)).toBe(2 * i + 1);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (p) => {
        const cell = scoreCell(p);
        const [below, above] = [(cell / 2 - 1) / 200, cell / 2 / 200];
        expect(cell % 2 === 1 ? p === (cell - 1) / 2 / 200 : below < p && p < above).toBe(true);
      }),
    );
  });
});

describe('performance metrics', () => {
  it('hold the rows’ own figures within their bounds', () => {
    fc.assert(
      fc.property(fc.array(scored, { minLength: 1, maxLength: 60 }), (rows) => {
        const sums = sumsOf(rows);
        const clipped = rows.map(({ label, score }) => Math.max(1e-6, Math.min(1 - 1e-6, label ? score : 1 - score)));
        expectWithin(metric('log-loss', sums), mean(clipped.map((p) => -Math.log(p))));
        expectWithin(metric('brier', sums), mean(rows.map(({ label, score }) => (score - Number(label)) ** 2)));
        const wrong = rows.filter(({ label, score }) => label !== score >= 0.5).length;
        expect(metric('error-rate', sums).value).toBe(wrong / rows.length);
        const positive = rows.filter(({ label }) => label);
        const pairs = positive.flatMap((a) =>
          rows.filter(({ label }) => !label).map((b) => (Math.sign(a.score - b.score) + 1) / 2),
        );
        const { low, high, value } = performanceMetrics.auc(sums) ?? { low: 0, high: 0, value: 0 };
        expectWithin({ low, high, value }, pairs.length === 0 ? 0 : mean(pairs));
        expect(low === high || rows.some(({ score }) => scoreCell(score) % 2 === 0)).toBe(true);
        expect(performanceMetrics.auc(sums) === null).toBe(pairs.length === 0);
      }),
    );
    fc.assert(
      fc.property(
        fc.array(error, { minLength: 1, maxLength: 30 }),
        fc.constantFrom(2 ** -20, 0.5, 1024),
        (rows, unit) => {
          const sums = mergeSums(rows.flatMap(({ label, predicted }) => regressionSums(label, predicted, unit) ?? []));
          const errors = rows.map(({ label, predicted }) => predicted - label);
          expectWithin(metric('mae', sums), mean(errors.map(Math.abs)));
          expectWithin(metric('rmse', sums), Math.sqrt(mean(errors.map((one) => one * one))));
        },
      ),
    );
  });

  it('are null where they mean nothing, and never NaN or infinite', () => {
    const kinds: PerformanceSums[] = [
      { ...binarySums(true, true, 0.5), rows: 0, truePositives: 0 },
      binarySums(true, false, null),
      binarySums(false, true, 0),
      binarySums(true, false, 0),
      { task: 'multiclass', rows: 0, errors: 0, classes: [], confusion: [] },
      multiclassSums('a', 'b', []),
      { task: 'regression', rows: 0, unit: 1, absolute: '0', squares: '0' },
      { task: 'regression', rows: 1e9, unit: 1e150, absolute: '9'.repeat(30), squares: '9'.repeat(60) },
    ];
    for (const sums of kinds) {
      for (const [name, of] of Object.entries(performanceMetrics)) {
        const values = Object.values(of(sums) ?? {});
        expect({ name, sums, finite: values.every(Number.isFinite) }).toEqual({ name, sums, finite: true });
      }
    }
    expect(performanceMetrics['log-loss'](kinds[1] ?? multiclassSums('a', 'a', []))).toBeNull();
    expect(performanceMetrics.mae(multiclassSums('a', 'b', []))).toBeNull();
    expect(regressionSums(0, 1e200, 1)).toBeNull();
    expect(regressionSums(Number.NaN, 1, 1)).toBeNull();
  });
});

const sums: Record<string, fc.Arbitrary<PerformanceSums>> = {
  binary: scored.map(({ label, score }) => binarySums(label, score >= 0.5, score)),
  'binary without scores': scored.map(({ label, score }) => binarySums(label, score >= 0.5, null)),
  multiclass: fc.tuple(names, names).map(([label, predicted]) => multiclassSums(label, predicted, ['a', '__proto__'])),
  regression: error.map(({ label, predicted }) => regressionSums(label, predicted, 0.25) ?? multiclassSums('', '', [])),
};

describe.each(Object.entries(sums))('merging %s', (_name, one) => {
  const group = fc.record({
    column: names,
    group: fc.oneof(
      names.map((value) => ({ kind: 'value' as const, value })),
      fc.constantFrom({ kind: 'other' as const }, { kind: 'missing' as const }),
    ),
    sums: one,
  });
  const day = fc.integer({ min: 10, max: 28 }).map((n) => `2001-01-${n}T00:00:00.000Z`);
  const window = fc
    .record({ windowStart: day, sums: one, unusable: fc.nat(9), groups: fc.array(group, { maxLength: 5 }) })
    .map((raw) => mergePerformance([raw]));

  it('knows no order and no grouping', () => {
    fc.assert(
      fc.property(fc.array(window, { minLength: 2, maxLength: 8 }), fc.nat(), (parts, at) => {
        const whole = mergePerformance(parts);
        const cut = 1 + (at % (parts.length - 1));
        const [left, right] = [mergePerformance(parts.slice(0, cut)), mergePerformance(parts.slice(cut))];
        const text = JSON.stringify(whole);
        expect(JSON.stringify(mergePerformance(parts.toReversed()))).toBe(text);
        expect(JSON.stringify(mergePerformance([left, right]))).toBe(text);
        expect(JSON.stringify(mergePerformance([right, left]))).toBe(text);
        expect(WindowPerformance.parse(whole)).toEqual(whole);
        expect(whole.sums.rows).toBe(parts.length);
      }),
    );
  });
});

it('refuses to add what does not add', () => {
  const unlike: PerformanceSums[][] = [
    [],
    [binarySums(true, true, 1), binarySums(true, true, null)],
    [binarySums(true, true, 1), multiclassSums('a', 'a', ['a'])],
    [multiclassSums('a', 'a', ['a']), multiclassSums('a', 'a', ['b'])],
    [1, 2].flatMap((unit) => regressionSums(1, 1, unit) ?? []),
  ];
  for (const parts of unlike) expect(() => mergeSums(parts)).toThrow(RangeError);
});
