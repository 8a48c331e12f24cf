import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ColumnBins } from '../shared/domain/bins.ts';
import type { NumericCell } from '../shared/report/column-cells.ts';
import { cellsOf } from '../shared/report/column-cells.ts';
import { histogramOf } from '../shared/report/histogram.ts';
import { binsOf, countsOf } from './bins-of.ts';

const totalOf = (side: number[]) => side.reduce((sum, each) => sum + each, 0) || 1;

const cellsBetween = (bounds: number[], before: number[], now: number[]): NumericCell[] => {
  return Array.from({ length: bounds.length + 1 }, (_, i) => ({
    low: bounds[i - 1] ?? null,
    high: bounds[i] ?? null,
    before: (before[i] ?? 0) / totalOf(before),
    now: (now[i] ?? 0) / totalOf(now),
  }));
};
const bounds = (whole: boolean) =>
  fc.uniqueArray(whole ? fc.integer({ min: -1e6, max: 1e6 }) : fc.double({ noNaN: true, min: -1e9, max: 1e9 }), {
    minLength: 1,
    maxLength: 40,
  });
const counts = fc.array(fc.nat(1000), { minLength: 41, maxLength: 41 });

describe('histogramOf', () => {
  it('loses no rows and invents none, in few bars that lie side by side', () => {
    fc.assert(
      fc.property(
        fc.boolean().chain((whole) => fc.tuple(fc.constant(whole), bounds(whole))),
        counts,
        counts,
        ([whole, edges], before, now) => {
          const sorted = edges.toSorted((a, b) => a - b).map((edge) => edge + (whole ? 0.5 : 0));
          const cells = cellsBetween(sorted, before.slice(0, sorted.length + 1), now.slice(0, sorted.length + 1));
          const bars = histogramOf(cells, whole)?.bars ?? [];
          for (const side of ['before', 'now'] as const) {
            const sum = (of: NumericCell[]) => of.reduce((total, cell) => total + cell[side], 0);
            expect(sum(bars)).toBeCloseTo(sum(cells), 6);
          }
          expect(bars.length).toBeLessThanOrEqual(40);
          expect(bars.slice(1).map(({ low }) => low)).toEqual(bars.slice(0, -1).map(({ high }) => high));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('gives each whole number a bar of its own where they are few', () => {
    const bins = binsOf([6, 7, 8, 9]);
    const column = cellsOf(bins, countsOf(bins, [6, 7, 8, 9]), countsOf(bins, [7, 7, 8, 8]));
    const { step, bars } = (column.kind === 'numeric' && histogramOf(column.cells, column.whole)) || {};
    expect(step).toBe(1);
    expect(bars?.map(({ low, high, now }) => [low, high, now])).toEqual([
      [5.5, 6.5, 0],
      [6.5, 7.5, 0.5],
      [7.5, 8.5, 0.5],
      [8.5, 9.5, 0],
    ]);
  });

  it('does not let a far value flatten all the others', () => {
    const edges = [...Array.from({ length: 20 }, (_, i) => i * 10), 1e9];
    const cells = cellsBetween(edges, [0, ...Array.from({ length: 19 }, () => 1000), 1, 1], []);
    const { step, bars } = histogramOf(cells, false) ?? {};
    expect(step).toBe(10);
    expect(bars?.at(-1)).toMatchObject({ high: null });
  });

  it('shows a column that holds one value as one bar that ends there', () => {
    const cells = cellsBetween([0.09999999999999999, 0.1], [0, 1, 0], [0, 1, 0]);
    const { bars } = histogramOf(cells, false) ?? {};
    expect(bars?.filter(({ now }) => now > 0)).toEqual([expect.objectContaining({ high: 0.1, before: 1, now: 1 })]);
  });

  it('does not let a wide cell with a tenth of the rows flatten the others either', () => {
    const cells = cellsBetween([0, 1, 2, 3, 1e9], [0, 30, 30, 30, 9, 1], [0, 30, 30, 30, 9, 1]);
    const { step, bars } = histogramOf(cells, false) ?? {};
    expect(step).toBeLessThan(1);
    expect(bars?.at(-1)?.before).toBeCloseTo(0.1, 6);
  });
});

describe('cellsOf', () => {
  const category: ColumnBins = { kind: 'category', values: ['a'], rare: ['b'], openEnded: false };

  it('shares out rows with missing values among them, and none where there are no rows', () => {
    const column = cellsOf(category, countsOf(category, [0, 0, 0, 0, 0, 0, 1, 2, -1, -1]), undefined);
    expect(column.missing).toEqual({ before: 0.2, now: 0 });
    expect(column.cells).toEqual([
      { label: 'a', before: 0.6, now: 0 },
      { label: '(a rare value)', before: 0.1, now: 0 },
      { label: '(a value never seen before)', before: 0.1, now: 0 },
    ]);
  });

  it('puts every number between its bounds, also one that nobody had seen', () => {
    const halves = fc.integer({ min: -2000, max: 2000 }).map((n) => n / 2);
    const values = fc.array(fc.oneof(halves, fc.double({ min: -1e9, max: 1e9, noNaN: true })), { minLength: 1 });
    fc.assert(
      fc.property(values, halves, (learnt, value) => {
        const bins = binsOf(learnt, 10);
        const column = cellsOf(bins, countsOf(bins, []), countsOf(bins, [value]));
        if (column.kind !== 'numeric') throw new Error('kind');
        const isWhole = column.whole && !Number.isInteger(value);
        const [{ low, high, now } = { low: null, high: null, now: 0 }] = column.cells;
        expect(now).toBe(1);
        expect(low ?? value).toBeLessThanOrEqual(value + (isWhole ? 0.5 : 0));
        expect(high ?? value).toBeGreaterThanOrEqual(value - (isWhole ? 0.5 : 0));
      }),
    );
  });
});
