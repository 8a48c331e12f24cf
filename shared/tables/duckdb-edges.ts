/** Cells are learnt at every twentieth of the rows, or for the commonest values. */
export const quantileSteps = 20;
export const maxValues = 200;

/** Untyped text is numeric when at most one value in a hundred is no number. */
export const isNumericText = (present: number, numbers: number): boolean => numbers > 0 && numbers >= 0.99 * present;

/**
 * Edges from ascending quantiles. A value that fills more than one quantile gets a cell of its own, by one more edge
 * below it: without that a constant column could move down unseen.
 */
export const edgesOf = (quantiles: number[]): number[] => {
  const whole = quantiles.every(Number.isSafeInteger);
  const repeated = quantiles.filter((value, index) => value === quantiles[index + 1]);
  const below = repeated.map((value) => (whole ? value - 1 : nextBelow(value)));
  return [...new Set([...quantiles, ...below])].toSorted((a, b) => a - b);
};

/** The greatest double less than a finite `value`. */
const nextBelow = (value: number): number => {
  if (value === 0) return -Number.MIN_VALUE;
  const bits = new BigInt64Array(new Float64Array([value]).buffer);
  bits[0] = (bits[0] ?? 0n) + (value > 0 ? -1n : 1n);
  return new Float64Array(bits.buffer)[0] ?? value;
};
