import * as z from 'zod';
import { Digest, Time } from './names.ts';

const Count = z.int().nonnegative();

/** Cell i holds edges[i-1] < x ≤ edges[i]; the first and last cells are open: `edges.length + 1` cells. */
const NumericBins = z.strictObject({ kind: z.literal('numeric'), edges: z.array(z.number()) });
/** One cell for each value in order, and a last one for every other value. */
const CategoryBins = z.strictObject({ kind: z.literal('category'), values: z.array(z.string()) });
export const ColumnBins = z.discriminatedUnion('kind', [NumericBins, CategoryBins]);
export type ColumnBins = z.infer<typeof ColumnBins>;

/** The frozen cells of a model's features. Profiles add only under the same bin set. */
export const BinSet = z.strictObject({ columns: z.record(z.string(), ColumnBins) });
export type BinSet = z.infer<typeof BinSet>;

/** `missing` counts nulls, NaN and what is not a value of the column's type. */
export const ColumnCounts = z.strictObject({ cells: z.array(Count), missing: Count });
export type ColumnCounts = z.infer<typeof ColumnCounts>;

/** What one window (UTC start) held: `rows` rows, and for each column how many fell into each cell. */
export const WindowProfile = z.strictObject({
  windowStart: Time,
  rows: Count,
  columns: z.record(z.string(), ColumnCounts),
});
export type WindowProfile = z.infer<typeof WindowProfile>;

/** One data object's contribution: immutable for (object, version, bin set). */
export const ObjectProfile = z.strictObject({
  object: z.string(),
  version: z.string(),
  modifiedAt: Time,
  bins: Digest,
  windows: z.array(WindowProfile),
});
export type ObjectProfile = z.infer<typeof ObjectProfile>;

/** Integer addition, cell by cell: the order does not matter. All profiles must be of one bin set and one window. */
export const mergeProfiles = (profiles: WindowProfile[]): WindowProfile => {
  const [first, ...rest] = profiles;
  if (!first) throw new RangeError('mergeProfiles needs at least one profile');
  return rest.reduce(addProfiles, first);
};

const addProfiles = (a: WindowProfile, b: WindowProfile): WindowProfile => ({
  windowStart: a.windowStart < b.windowStart ? a.windowStart : b.windowStart,
  rows: a.rows + b.rows,
  columns: Object.fromEntries(
    Object.entries(a.columns).map(([name, counts]) => [name, addCounts(counts, b.columns[name])]),
  ),
});

const addCounts = (a: ColumnCounts, b: ColumnCounts | undefined): ColumnCounts =>
  b ? { cells: a.cells.map((count, i) => count + (b.cells[i] ?? 0)), missing: a.missing + b.missing } : a;
