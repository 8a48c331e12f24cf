import type { ColumnBins } from '../shared/domain/bins.ts';
import { columnCounter } from '../shared/domain/count-columns.ts';
import { type ColumnCounts, noCounts } from '../shared/domain/counts.ts';
import { edgeLearner, numericBins } from '../shared/domain/learn-bins.ts';

/** Bins of numbers, as a reader learns them. */
export const binsOf = (values: number[], resolution = 1000) => {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const learner = edgeLearner(values.length, resolution);
  for (const [value, count] of [...counts].toSorted(([a], [b]) => a - b)) learner.add(value, count);
  return numericBins('number', learner.edges());
};

export const countsOf = (bins: ColumnBins, values: number[]): ColumnCounts => {
  const counter = columnCounter(bins);
  for (const value of values) counter.add(0, value, 1);
  return counter.counts(0) ?? noCounts();
};
