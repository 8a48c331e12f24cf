import { type ColumnBins, largestNumber, type NumericBins } from './bins.ts';

/**
 * All edges of a numeric column, ascending: the learnt ones, and on both sides a ladder beyond them, each step four
 * times as far out as the one before, so that values nobody has seen yet still fall into cells of finite width. Cell
 * 2i + 1 is the value `edges[i]` itself; cell 2i is what lies between edges i − 1 and i, both excluded.
 */
export const ladderOf = ({ edges }: NumericBins): Float64Array => {
  const [first = 0, last = 0] = [edges[0], edges.at(-1)];
  const range = last / 64 - first / 64 || Math.abs(first) / 1024 || 2 ** -10;
  const steps = Array.from({ length: 64 }, (_, i) => range * 4 ** i);
  const low = [...steps.map((step) => first - step), -largestNumber].filter((edge) => edge < first);
  const high = [...steps.map((step) => last + step), largestNumber].filter((edge) => edge > last);
  const inReach = [...low, ...edges, ...high].filter((edge) => Math.abs(edge) <= largestNumber);
  return Float64Array.from(new Set(inReach)).toSorted();
};

/** How many cells a column has. */
export const cellCount = (bins: ColumnBins): number =>
  bins.kind === 'numeric' ? 2 * ladderOf(bins).length + 1 : bins.values.length + 2;

/**
 * A function from a number (not NaN, within ±`largestNumber`) to its cell. A table of equal slots over the learnt
 * range narrows the binary search to the edges of one slot: mostly none or one.
 */
export const cellFinder = (ladder: Float64Array, { edges }: NumericBins): ((x: number) => number) => {
  const first = edges[0] ?? 0;
  const slots = 2 ** Math.min(13, Math.ceil(Math.log2(edges.length)) + 2);
  const range = (edges.at(-1) ?? first) - first;
  // A denormal range has no finite scale: all edges share the first slot.
  const scale = Number.isFinite((slots - 1) / range) ? (slots - 1) / range : 0;
  // Rounding keeps order, so an edge in a lower slot is less than x, whatever the last bit of either does.
  const slotOf = (x: number): number => {
    const slot = (x - first) * scale;
    return slot <= 0 ? 0 : slot >= slots - 1 ? slots - 1 : Math.floor(slot);
  };
  const start = new Uint32Array(slots + 1);
  for (const edge of ladder) start[slotOf(edge) + 1] = (start[slotOf(edge) + 1] ?? 0) + 1;
  for (let slot = 0; slot < slots; slot += 1) start[slot + 1] = (start[slot + 1] ?? 0) + (start[slot] ?? 0);
  return (x) => {
    const slot = slotOf(x);
    let from = start[slot] as number;
    let to = start[slot + 1] as number;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((ladder[middle] as number) < x) from = middle + 1;
      else to = middle;
    }
    return ladder[from] === x ? 2 * from + 1 : 2 * from;
  };
};
