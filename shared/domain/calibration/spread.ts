import { ascending, countAtLeast, median, quantile, quantileWithout } from './order.ts';

/** One leave-one-out score, and `inverseRows` = 1/n + 1/m of the window's and the reference's rows. */
export type Scored = { score: number; inverseRows: number };

/**
 * What a column's score does by itself: its size is √(a + b(1/n + 1/m)), `a` between windows and `b` from sampling
 * rows; `centre` and `spread` say where scores over that size lie, so that metrics of other shapes compare.
 * `sizes` are the smallest and largest 1/n + 1/m that it was fitted on.
 */
export type Spread = { a: number; b: number; centre: number; spread: number; sizes: [number, number] };

type Unit = Pick<Spread, 'a' | 'b' | 'sizes'>;

const smallest = 1e-12;
const shares = Array.from({ length: 21 }, (_, i) => i / 20);

/**
 * Fits a Spread: over a grid of the share that is due to sampling, the least absolute deviation of log score², which a
 * few strange windows cannot pull; non-negative by construction and the same to the bit in every run.
 */
export const fitSpread = (scored: readonly Scored[]): Spread => {
  const inverse = ascending(scored.map(({ inverseRows }) => inverseRows));
  const sizes: [number, number] = [inverse[0] ?? 0, inverse.at(-1) ?? 0];
  const typical = quantile(inverse, 0.5);
  const squares = scored.map(({ score }) => Math.log(Math.max(score * score, smallest)));
  const fits = shares.map((share) => {
    const residuals = scored.map(
      ({ inverseRows }, i) => (squares[i] ?? 0) - Math.log(1 - share + share * relative(inverseRows, typical)),
    );
    const scale = median(residuals);
    return { share, scale, loss: residuals.reduce((sum, residual) => sum + Math.abs(residual - scale), 0) };
  });
  // Of equal fits the one in the middle: windows of one size cannot tell what sampling does.
  const least = Math.min(...fits.map(({ loss }) => loss)) * (1 + 1e-9);
  const equals = fits.filter(({ loss }) => loss <= least);
  const { share, scale } = equals[equals.length >>> 1] ?? { share: 0, scale: 0 };
  const variance = Math.exp(scale);
  const unit = { a: variance * (1 - share), b: typical > 0 ? (variance * share) / typical : 0, sizes };
  const ratios = ascending(ratiosTo(unit, scored));
  return { ...unit, ...centreAndSpread((part) => quantile(ratios, part)) };
};

const ratiosTo = (unit: Unit, scored: readonly Scored[]): number[] =>
  scored.map(({ score, inverseRows }) => score / usualSize(unit, inverseRows));

const centreAndSpread = (quantileAt: (share: number) => number) => {
  const centre = quantileAt(0.5);
  return { centre, spread: Math.max(quantileAt(0.84) - centre, 0.01) };
};

/**
 * How many spreads each score lies above its centre, both taken from the other scores: as a new window meets them.
 * Else history looks calmer than what follows, the more so the more columns there are.
 */
export const leaveOneOut = (null_: Spread, scored: readonly Scored[]): number[] => {
  const ratios = ratiosTo(null_, scored);
  const sorted = ascending(ratios);
  return ratios.map((ratio) => {
    const own = sorted.length - countAtLeast(sorted, ratio);
    const without = (share: number): number => quantileWithout(sorted, own, share);
    const others = sorted.length > 1 ? centreAndSpread(without) : null_;
    return (ratio - others.centre) / others.spread;
  });
};

const relative = (inverseRows: number, typical: number): number => (typical > 0 ? inverseRows / typical : 1);

/**
 * √(a + b(1/n + 1/m)). Beyond the sizes of history the split into a and b is a guess, so the more cautious reading
 * holds: more rows than ever are no more exact than history's most, fewer are as noisy as sampling alone could make them.
 */
export const usualSize = ({ a, b, sizes: [least, most] }: Unit, inverseRows: number): number => {
  const within = Math.min(Math.max(inverseRows, least), most);
  const variance = (a + b * within) * (inverseRows > most && most > 0 ? inverseRows / most : 1);
  return Math.sqrt(Math.max(variance, smallest));
};

/** How many spreads a score lies above its centre. */
export const spreadsAbove = (null_: Spread, { score, inverseRows }: Scored): number =>
  (score / usualSize(null_, inverseRows) - null_.centre) / null_.spread;

/** The score that lies `z` spreads above the centre; z = 0 is the usual score. */
export const scoreAt = (null_: Spread, z: number, inverseRows: number): number =>
  usualSize(null_, inverseRows) * (null_.centre + z * null_.spread);
