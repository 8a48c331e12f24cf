/** The value below which `share` of the values lie, by linear interpolation; 0 when there is none. */
export const quantile = (sorted: readonly number[], share: number): number => {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? 0;
  return low + ((sorted[Math.ceil(at)] ?? low) - low) * (at - Math.floor(at));
};

/** The quantile of the values but the one at `index`. */
export const quantileWithout = (sorted: readonly number[], index: number, share: number): number => {
  const at = (sorted.length - 2) * share;
  const value = (place: number): number => sorted[place < index ? place : place + 1] ?? 0;
  const low = value(Math.floor(at));
  return low + (value(Math.ceil(at)) - low) * (at - Math.floor(at));
};

export const ascending = (values: Iterable<number>): number[] =>
  Float64Array.from(values).toSorted().values().toArray();

export const median = (values: Iterable<number>): number => quantile(ascending(values), 0.5);

/** How many of the ascending values are at least `value`. */
export const countAtLeast = (sorted: readonly number[], value: number): number => {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return sorted.length - low;
};
