import type { Histograms, Listed } from './histograms.ts';

const cellsOf = (profile: Histograms, column: string): Float64Array => profile[column]?.cells ?? new Float64Array(0);
const sum = (cells: Iterable<number>): number => Iterator.from(cells).reduce((total, count) => total + count, 0);

/** Two-sample Kolmogorov-Smirnov, asymptotic: is p below 0.05? The limit is 1.358 at equal laws. */
const ksRejects = (reference: Float64Array, window: Float64Array): boolean => {
  const [n, m] = [sum(reference), sum(window)];
  let [between, most] = [0, 0];
  for (const [i, count] of reference.entries()) {
    between += count / n - (window[i] ?? 0) / m;
    most = Math.max(most, Math.abs(between));
  }
  return most * Math.sqrt((n * m) / (n + m)) > 1.3581;
};

/** KS p < 0.05 in any numeric column, against all calibration windows together. */
export const anyKs = (columns: Record<string, Listed>, reference: Histograms, window: Histograms): boolean =>
  Object.entries(columns).some(
    ([name, { kind }]) => kind === 'number' && ksRejects(cellsOf(reference, name), cellsOf(window, name)),
  );

/** PSI ≥ 0.1 in any column: ten deciles of the reference or the categories, 0.5 added per cell. */
export const anyPsi = (columns: Record<string, Listed>, reference: Histograms, window: Histograms): boolean =>
  Object.entries(columns).some(([name, { kind }]) => {
    const [then, now] = [cellsOf(reference, name), cellsOf(window, name)];
    const groups = kind === 'number' ? deciles(then) : [...then.keys()];
    return psi(grouped(then, groups), grouped(now, groups)) >= 0.1;
  });

const deciles = (cells: Float64Array): number[] => {
  const total = sum(cells);
  let below = 0;
  return [...cells].map((count) => {
    const group = Math.min(9, Math.floor((10 * below) / total));
    below += count;
    return group;
  });
};

const grouped = (cells: Float64Array, groups: readonly number[]): number[] => {
  const counts = Array.from({ length: Math.max(...groups) + 1 }, () => 0.5);
  for (const [i, group] of groups.entries()) counts[group] = (counts[group] ?? 0.5) + (cells[i] ?? 0);
  return counts;
};

const psi = (reference: number[], window: number[]): number => {
  const [n, m] = [sum(reference), sum(window)];
  return sum(
    reference.map((count, i) => {
      const [p, q] = [count / n, (window[i] ?? 0.5) / m];
      return (q - p) * Math.log(q / p);
    }),
  );
};
