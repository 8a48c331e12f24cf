import type { Histograms, Listed } from './histograms.ts';

const changeColumn = (profile: Histograms, column: string, change: (cells: Float64Array) => Histograms[string]) => {
  const counts = profile[column];
  return counts ? { ...profile, [column]: change(counts.cells) } : profile;
};

/** Every value higher by `sd` standard deviations: each row goes to the two listed values around it, in proportion. */
export const shiftColumn = (profile: Histograms, column: string, listed: Listed, sd: number): Histograms =>
  changeColumn(profile, column, (cells) => {
    const values = listed.kind === 'number' ? listed.values : [];
    const total = cells.reduce((sum, count) => sum + count, 0);
    const mean = values.reduce((sum, value, i) => sum + (value * (cells[i] ?? 0)) / total, 0);
    const variance = values.reduce((sum, value, i) => sum + ((value - mean) ** 2 * (cells[i] ?? 0)) / total, 0);
    const moved = new Float64Array(cells.length);
    for (const [i, value] of values.entries()) {
      const to = value + sd * Math.sqrt(variance);
      const above = values.findIndex((other) => other >= to);
      const high = above < 0 ? values.length - 1 : above;
      const low = Math.max(0, high - 1);
      const [from, upTo] = [values[low] ?? 0, values[high] ?? 0];
      const share = above < 0 || upTo === from ? 1 : (to - from) / (upTo - from);
      moved[high] = (moved[high] ?? 0) + share * (cells[i] ?? 0);
      moved[low] = (moved[low] ?? 0) + (1 - share) * (cells[i] ?? 0);
    }
    return { cells: moved, missing: profile[column]?.missing ?? 0 };
  });

/** `share` of the rows hold a category that was never listed. */
export const addCategory = (profile: Histograms, column: string, share: number): Histograms =>
  changeColumn(profile, column, (cells) => {
    const kept = cells.map((count) => count * (1 - share));
    kept[cells.length - 1] = lost(cells, share);
    return { cells: kept, missing: profile[column]?.missing ?? 0 };
  });

/** `share` of the rows lose their value. */
export const loseValues = (profile: Histograms, column: string, share: number): Histograms =>
  changeColumn(profile, column, (cells) => ({
    cells: cells.map((count) => count * (1 - share)),
    missing: lost(cells, share),
  }));

const lost = (cells: Float64Array, share: number): number => share * cells.reduce((sum, count) => sum + count, 0);
