import * as z from 'zod';

/** Of one column: all distinct values up to about twice this, else that many cells of equal weight. */
export const finestResolution = 1000;
/** A set of very many columns gets coarser cells, so that the set itself stays a few megabytes. */
export const resolutionOf = (columns: number): number =>
  Math.max(50, Math.min(finestResolution, Math.floor(200_000 / Math.max(1, columns))));

/** Numbers further from zero than this are counted as invalid: no measurement, and sums of them overflow. */
export const largestNumber = 1e150;

/**
 * Ascending edges, each a value that was seen and a cell of its own, so that repeated values never share a cell. The
 * first and last are the least and greatest value seen. `of: time` is milliseconds since 1970 UTC. `origin` and `unit`
 * are the fixed point in which squares are summed.
 */
const NumericBins = z.strictObject({
  kind: z.literal('numeric'),
  of: z.enum(['number', 'time']),
  edges: z.array(z.number()).min(1).max(25_000),
  /** Every value that was seen is an edge. */
  complete: z.boolean(),
  origin: z.number(),
  unit: z.number().positive(),
});
export type NumericBins = z.infer<typeof NumericBins>;

/**
 * `values` have a cell each, the commonest first; `rare` share one cell. What is in neither list is unseen; where
 * there were too many values to keep (`openEnded`) nothing can be called unseen, and all of it counts as rare.
 */
const CategoryBins = z.strictObject({
  kind: z.literal('category'),
  values: z.array(z.string()),
  rare: z.array(z.string()),
  openEnded: z.boolean(),
});
export type CategoryBins = z.infer<typeof CategoryBins>;

export const ColumnBins = z.discriminatedUnion('kind', [NumericBins, CategoryBins]);
export type ColumnBins = z.infer<typeof ColumnBins>;

/** Which columns, each of them also in `columns`, are counted jointly. */
const Outcome = z.strictObject({
  score: z.string().optional(),
  prediction: z.string().optional(),
  label: z.string().optional(),
  groups: z.array(z.string()),
});
export type Outcome = z.infer<typeof Outcome>;

/** The frozen cells of a model's columns. Profiles add only under the same set. */
export const BinSet = z.strictObject({
  format: z.literal(2),
  columns: z.record(z.string(), ColumnBins),
  outcome: Outcome.nullable(),
});
export type BinSet = z.infer<typeof BinSet>;

/** The two cells after those of `values`. */
export const otherCell = (bins: CategoryBins): number => bins.values.length;
export const unseenCell = (bins: CategoryBins): number => bins.values.length + 1;

/** A probability's cells: two hundredths, and every edge, 0 and 1 among them, a cell of its own. */
export const scoreBins: NumericBins = {
  kind: 'numeric',
  of: 'number',
  edges: Array.from({ length: 201 }, (_, i) => i / 200),
  complete: false,
  origin: 0.5,
  unit: 2 ** -16,
};
