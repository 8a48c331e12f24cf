import jstat from 'jstat';

/** `count` of `rows` rows. */
export type Counted = { count: number; rows: number };

const confidence = 0.95;

/** Clopper-Pearson, one-sided: 3/rows (the rule of three) when none was ever seen. https://doi.org/10.1093/biomet/26.4.404 */
export const upperBound = ({ count, rows }: Counted): number => {
  if (rows === 0 || count >= rows) return 1;
  return count === 0
    ? -Math.expm1(Math.log(1 - confidence) / rows)
    : jstat.beta.inv(confidence, count + 1, rows - count);
};

export const lowerBound = ({ count, rows }: Counted): number => 1 - upperBound({ count: rows - count, rows });

const rateOf = ({ count, rows }: Counted): number => (rows === 0 ? 0 : count / rows);
const inverseRows = (a: Counted, b: Counted): number => 1 / Math.max(a.rows, 1) + 1 / Math.max(b.rows, 1);

/** The rate that history does not rule out, on the side to which the window moved. */
const nullRate = (reference: Counted, window: Counted): number =>
  rateOf(window) >= rateOf(reference) ? upperBound(reference) : lowerBound(reference);

/**
 * The variance between windows beyond what a binomial explains, by moments: a burst in history counts in full, so a
 * window of history lies at most √k from its reference.
 */
export const fitRate = (history: readonly { reference: Counted; window: Counted }[]): number => {
  const excess = history.map(({ reference, window }) => {
    const rate = nullRate(reference, window);
    return (rateOf(window) - rateOf(reference)) ** 2 - rate * (1 - rate) * inverseRows(window, reference);
  });
  return Math.max(0, excess.reduce((sum, value) => sum + value, 0) / Math.max(excess.length, 1));
};

/**
 * How unusual a rate is, on the scale of a standard normal: the signed root of the binomial deviance from the bound of
 * history, with continuity correction, or the distance in standard deviations when windows vary by more than that.
 */
export const rateAbove = (between: number, reference: Counted, window: Counted): number => {
  if (window.rows === 0) return 0;
  const bound = nullRate(reference, window);
  const moved = Math.abs(rateOf(window) - rateOf(reference));
  const deviations = moved / Math.sqrt(between + bound * (1 - bound) * inverseRows(window, reference) + 1e-18);
  return Math.min(deviations, rootDeviance(window, bound));
};

const rootDeviance = ({ count, rows }: Counted, rate: number): number => {
  const expected = rate * rows;
  const observed = count > expected ? Math.max(count - 0.5, expected) : Math.min(count + 0.5, expected);
  return Math.sqrt(Math.max(0, 2 * (term(observed, expected) + term(rows - observed, rows - expected))));
};

const term = (seen: number, due: number): number => (seen <= 0 || due <= 0 ? 0 : seen * Math.log(seen / due));

/** The smallest change of rate that lies `z` above history, to a part in a million of the rows; 1 when none does. */
export const rateAt = (between: number, reference: Counted, rows: number, z: number): number => {
  let [low, high] = [Math.ceil(rateOf(reference) * rows), rows];
  if (rateAbove(between, reference, { count: high, rows }) < z) return 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (rateAbove(between, reference, { count: middle, rows }) < z) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low / Math.max(rows, 1) - rateOf(reference));
};
