import { type CategoryBins, type NumericBins, largestNumber } from './bins.ts';

/** Untyped text is numeric when at most one value in a hundred is no number. */
export const isNumericText = (present: number, numbers: number): boolean => numbers > 0 && numbers >= 0.99 * present;

/** `complete`: no value was left out. */
export type Edges = Pick<NumericBins, 'edges' | 'complete'>;

/**
 * Edges from ascending distinct values of `total` rows, in one pass. Few values: all of them. Many: a value becomes an
 * edge when it alone holds more than half a cell's weight, or when the values since the last edge would otherwise hold
 * more than a cell's weight. Towards both ends the weight halves with the rows that are left, so that tails are
 * followed as far as there are rows. So an open cell never holds more than 1/resolution of the rows learnt from.
 */
export const edgeLearner = (total: number, resolution: number) => {
  const weight = total / resolution;
  const all: number[] = [];
  const edges: number[] = [];
  let before = 0;
  let sinceEdge = 0;
  return {
    add(value: number, count: number): void {
      if (all.length <= 2 * resolution) all.push(value);
      const left = total - before - count;
      const allowed = Math.min(weight, before / 2, left / 2);
      const isEdge = count > weight / 2 || sinceEdge + count > allowed;
      if (isEdge) edges.push(value);
      sinceEdge = isEdge ? 0 : sinceEdge + count;
      before += count;
    },
    edges: (): Edges => (all.length <= 2 * resolution ? { edges: all, complete: true } : { edges, complete: false }),
  };
};

export const numericBins = (of: NumericBins['of'], { edges, complete }: Edges): NumericBins => {
  const at = (share: number): number => edges[Math.floor((edges.length - 1) * share)] ?? 0;
  const spread = at(0.99) - at(0.01) || Math.abs(at(0.5)) || 1;
  const exponent = Math.ceil(Math.log2(Math.max(2 ** -900, Math.min(spread, largestNumber)))) - 16;
  return { kind: 'numeric', of, edges, complete, origin: at(0.5), unit: 2 ** exponent };
};

/** How many rare values are remembered, for each heavy hitter that there may be. */
const rarePerValue = 10;

/** How many of the commonest values `categoryBins` needs to see: one more than it keeps. */
export const categoriesNeeded = (resolution: number): number => resolution * (1 + rarePerValue) + 1;

/** From the commonest values, the most frequent first. */
export const categoryBins = (commonest: string[], resolution: number): CategoryBins => ({
  kind: 'category',
  values: commonest.slice(0, resolution),
  rare: commonest.slice(resolution, categoriesNeeded(resolution) - 1),
  openEnded: commonest.length >= categoriesNeeded(resolution),
});
