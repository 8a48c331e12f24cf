import type { ColumnBins } from '../bins.ts';
import type { ColumnCounts } from '../counts.ts';

/** A metric's value, and certified bounds for what the rows themselves would give; equal where the cells are exact. */
export type Measure = { value: number; low: number; high: number };

/** A pure function of two samples in the same cells. Never NaN, never infinite. */
export type Metric = (bins: ColumnBins, reference: ColumnCounts, current: ColumnCounts) => Measure;

export const exactly = (value: number): Measure => ({ value, low: value, high: value });
