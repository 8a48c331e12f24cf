import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ColumnBins } from '../shared/domain/bins.ts';
import { mergeCounts, noCounts, subtractCounts } from '../shared/domain/counts.ts';
import { cellFinder, ladderOf } from '../shared/domain/ladder.ts';
import { mean, standardDeviation } from '../shared/domain/metrics/moments.ts';
import { type MetricName, metricNames, metrics } from '../shared/domain/metrics/table.ts';
import { canonicalJson } from '../shared/kernel/ids.ts';
import { binsOf, countsOf } from './bins-of.ts';

type Sample = [n: number, a: number, b: number, c: number, m: number, d: number, shift: number, zeros: number];
type Case = { name: string; reference: Sample; current: Sample; expected: Partial<Record<MetricName, number>> };
const { cases } = JSON.parse(readFileSync(new URL('cases/exact-distances.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

const valuesOf = ([n, a, b, c, m, d, shift, zeros]: Sample): number[] =>
  Array.from({ length: n }, (_, i) => (zeros > 0 && i % zeros === 0 ? 0 : ((a * i * i + b * i + c) % m) / d + shift));

const anyNumber = fc.oneof(
  fc.double({ min: -1e150, max: 1e150, noNaN: true }).map((x) => x + 0),
  fc.integer({ min: -20, max: 20 }),
);
const samples = fc.array(anyNumber, { minLength: 1, maxLength: 60 });

describe.each(cases)('two samples: $name', ({ reference, current, expected }) => {
  const [before, now] = [valuesOf(reference), valuesOf(current)];

  it.each(Object.entries(expected))('%s is what SciPy gives from the rows', (name, exact) => {
    const bins = binsOf(before, 10_000);
    const got = metrics[name as MetricName](bins, countsOf(bins, before), countsOf(bins, now));
    expect(got.low).toBeLessThanOrEqual(exact + 1e-9);
    expect(got.high).toBeGreaterThanOrEqual(exact - 1e-9);
    expect(Math.abs(got.value - exact)).toBeLessThanOrEqual(got.high - got.low + 1e-9);
    const share = name.startsWith('wasserstein') ? 0.001 : Number.POSITIVE_INFINITY;
    expect(Math.abs(got.value - exact)).toBeLessThanOrEqual(share * exact);
  });

  it.each(['ks', 'wasserstein:raw', 'wasserstein:std'] as const)('%s is certified from coarse cells', (name) => {
    const exact = expected[name] ?? Number.NaN;
    for (const resolution of [50, 200, 1000]) {
      const bins = binsOf(before, resolution);
      const { value, low, high } = metrics[name](bins, countsOf(bins, before), countsOf(bins, now));
      expect(low).toBeLessThanOrEqual(exact + 1e-9);
      expect(high).toBeGreaterThanOrEqual(exact - 1e-9);
      expect(value).toBeGreaterThanOrEqual(low);
      expect(value).toBeLessThanOrEqual(high);
      expect(name === 'ks' ? high - low : 0).toBeLessThanOrEqual(1 / resolution + 1e-9);
    }
  });
});

describe('cells', () => {
  it('put every number where a plain search puts it', () => {
    fc.assert(
      fc.property(samples, samples, (learnt, values) => {
        const bins = binsOf(learnt, 10);
        const ladder = ladderOf(bins);
        const find = cellFinder(ladder, bins);
        for (const x of [...values, ...learnt, ...ladder]) {
          const below = ladder.filter((edge) => edge < x).length;
          expect(find(x)).toBe(ladder.includes(x) ? 2 * below + 1 : 2 * below);
        }
      }),
    );
  });

  it('keep a value that fills more than half a cell apart, and no open cell above its weight', () => {
    const values = [
      ...Array.from({ length: 5000 }, (_, i) => Math.sin(i) * 100),
      ...Array.from({ length: 20 }, () => 7),
    ];
    const bins = binsOf(values, 500);
    const counts = countsOf(bins, values);
    expect(bins.edges).toContain(7);
    expect(bins.edges[0]).toBe(Math.min(...values));
    expect(bins.edges.at(-1)).toBe(Math.max(...values));
    const open = counts.counts.filter((_, index) => (counts.cells[index] ?? 0) % 2 === 0);
    expect(Math.max(...open)).toBeLessThanOrEqual(values.length / 500);
  });
});

describe('counts', () => {
  it('add up in any order and grouping to the same bytes as all rows at once', () => {
    fc.assert(
      fc.property(samples, samples, samples, samples, (learnt, a, b, c) => {
        const bins = binsOf(learnt, 10);
        const [x, y, z] = [a, b, c].map((values) => countsOf(bins, values));
        if (!x || !y || !z) throw new Error('three parts');
        const all = canonicalJson(countsOf(bins, [...c, ...a, ...b]));
        expect(canonicalJson(mergeCounts([x, y, z]))).toBe(all);
        expect(canonicalJson(mergeCounts([z, mergeCounts([y, x])]))).toBe(all);
        expect(canonicalJson(mergeCounts([mergeCounts([x, y]), z, noCounts()]))).toBe(all);
        expect(canonicalJson(subtractCounts(mergeCounts([x, y]), y))).toBe(canonicalJson(x));
      }),
    );
  });

  it('know mean and deviation', () => {
    const values = Array.from({ length: 4000 }, (_, i) => Math.sin(i * 12.9898) * 43_758 + 1e6);
    const bins = binsOf(values, 100);
    const m = values.reduce((sum, x) => sum + x, 0) / values.length;
    const sd = Math.sqrt(values.reduce((sum, x) => sum + (x - m) ** 2, 0) / values.length);
    expect(mean(bins, countsOf(bins, values))).toBeCloseTo(m, 0);
    const got = standardDeviation(bins, countsOf(bins, values));
    expect(got.low).toBeLessThanOrEqual(sd);
    expect(got.high).toBeGreaterThanOrEqual(sd);
  });

  it('tell missing and invalid apart', () => {
    const bins = binsOf([1, 2, 3]);
    const counts = countsOf(bins, [1, Number.NaN, Number.POSITIVE_INFINITY, -1e200, 2]);
    expect(counts).toMatchObject({ missing: 1, invalid: 2 });
    expect(metrics['missing-rate'](bins, counts, counts).value).toBe(0.2);
    expect(metrics['invalid-rate'](bins, counts, counts).value).toBe(0.4);
  });
});

describe('metrics', () => {
  const category: ColumnBins = { kind: 'category', values: ['a', 'b'], rare: ['c'], openEnded: false };

  it('are numbers, between their bounds, 0 of a sample and itself but for rates', () => {
    const odd = fc.oneof(anyNumber, fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 1e200));
    fc.assert(
      fc.property(samples, fc.array(odd, { maxLength: 40 }), fc.array(odd, { maxLength: 40 }), (learnt, a, b) => {
        const bins = binsOf(learnt, 10);
        const [before, now] = [countsOf(bins, a), countsOf(bins, b)];
        for (const name of metricNames) {
          const { value, low, high } = metrics[name](bins, before, now);
          expect([value, low, high].every(Number.isFinite)).toBe(true);
          expect(low).toBeLessThanOrEqual(value);
          expect(value).toBeLessThanOrEqual(high);
          const same = name.endsWith('-rate') ? 0 : metrics[name](bins, before, before).low;
          expect(same).toBeCloseTo(0, 9);
        }
      }),
    );
  });

  it('count unseen categories, and rare ones together', () => {
    const before = countsOf(category, [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]);
    const now = countsOf(category, [0, 0, 0, 0, 1, 1, 1, 2, 3, 3, -1]);
    expect(metrics['unseen-rate'](category, before, now)).toEqual({ value: 0.2, low: 0.2, high: 0.2 });
    expect(metrics['missing-rate'](category, before, now).value).toBeCloseTo(1 / 11, 12);
    const tvd = metrics.tvd(category, before, now);
    expect(tvd.value).toBeCloseTo(0.2, 12);
    expect(tvd.high).toBeCloseTo(0.3, 12);
    expect(metrics.linf(category, before, now)).toMatchObject({ low: 0, high: expect.closeTo(0.3, 12) });
    const open = { ...category, openEnded: true };
    expect(metrics['unseen-rate'](open, before, countsOf(open, [2, 0])).high).toBe(0.5);
  });
});
