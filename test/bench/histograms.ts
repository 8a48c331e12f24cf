import type { Distance, Rate, Scorer } from '../../shared/domain/calibration/scorer.ts';

/** Exact counts: one cell for each distinct value of a column, a last one for values never listed, and the missing. */
export type Histograms = Record<string, { cells: Float64Array; missing: number }>;

/** Numbers are listed in ascending order. */
export type Listed = { kind: 'number'; values: number[] } | { kind: 'category'; values: string[] };

const rowsOf = (profile: Histograms): number => {
  const [first] = Object.values(profile);
  return first ? sum(first.cells) + first.missing : 0;
};

const sum = (cells: Float64Array): number => cells.reduce((total, count) => total + count, 0);

const combine = (profiles: readonly Histograms[], sign: 1 | -1): Histograms => {
  const [first = {}, ...rest] = profiles;
  return Object.fromEntries(
    Object.entries(first).map(([name, counts]) => {
      const cells = counts.cells.slice();
      let { missing } = counts;
      for (const profile of rest) {
        const other = profile[name];
        if (!other) continue;
        for (let i = 0; i < cells.length; i += 1) cells[i] = (cells[i] ?? 0) + sign * (other.cells[i] ?? 0);
        missing += sign * other.missing;
      }
      return [name, { cells, missing }];
    }),
  );
};

/** ∫|F − G| over the reference's standard deviation, missing values apart. */
export const wassersteinStd = (values: number[], reference: Float64Array, window: Float64Array): number => {
  const [n, m] = [sum(reference), sum(window)];
  if (n === 0 || m === 0) return 0;
  let [distance, between, mean, square] = [0, 0, 0, 0];
  for (const [i, value] of values.entries()) {
    const [then, now] = [(reference[i] ?? 0) / n, (window[i] ?? 0) / m];
    between += then - now;
    distance += Math.abs(between) * ((values[i + 1] ?? value) - value);
    mean += then * value;
    square += then * value * value;
  }
  return distance / Math.sqrt(Math.max(square - mean * mean, 1e-12));
};

/** Half the sum of differences of shares, missing values being a cell. */
const totalVariation = (reference: Histograms[string], window: Histograms[string]): number => {
  const [n, m] = [sum(reference.cells) + reference.missing, sum(window.cells) + window.missing];
  const differences = reference.cells.map((count, i) => Math.abs(count / n - (window.cells[i] ?? 0) / m));
  return (sum(differences) + Math.abs(reference.missing / n - window.missing / m)) / 2;
};

const none = { cells: new Float64Array(0), missing: 0 };

/** Scores of exact counts; categories that `reference` never holds are unseen. */
export const histogramScorer = (columns: Record<string, Listed>, reference: Histograms): Scorer<Histograms> => ({
  distances: Object.entries(columns).map(
    ([column, listed]): Distance<Histograms> => ({
      column,
      metric: listed.kind === 'number' ? 'wasserstein:std' : 'tvd',
      score: (then, now) => {
        const [a, b] = [then[column] ?? none, now[column] ?? none];
        return listed.kind === 'number' ? wassersteinStd(listed.values, a.cells, b.cells) : totalVariation(a, b);
      },
      onlyValue: (profile) => {
        const { cells, missing } = profile[column] ?? none;
        const held = [...cells.keys()].filter((i) => (cells[i] ?? 0) > 0);
        return missing === 0 && held.length === 1 ? String(held[0]) : null;
      },
    }),
  ),
  rates: Object.entries(columns).flatMap(([column, listed]): Rate<Histograms>[] => {
    const missing = { column, metric: 'missing-rate', count: (profile: Histograms) => profile[column]?.missing ?? 0 };
    if (listed.kind === 'number') return [missing];
    const unknown = [...(reference[column] ?? none).cells.keys()].filter((i) => reference[column]?.cells[i] === 0);
    const count = (profile: Histograms) => unknown.reduce((total, i) => total + (profile[column]?.cells[i] ?? 0), 0);
    return [missing, { column, metric: 'unseen-rate', count }];
  }),
  loss: null,
  rows: rowsOf,
  merge: (profiles) => combine(profiles, 1),
  subtract: (whole, part) => combine([whole, part], -1),
});
