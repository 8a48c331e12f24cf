import { ascending, countAtLeast } from './order.ts';

/** Calibration windows of like size: how unusual each was, ascending. */
export type Stratum = { fewestRows: number; mostRows: number; unusual: number[] };

export type SizedWindow = { rows: number; unusual: number };

/** Windows whose sizes differ by less than this factor are of one size. */
const sizeFactor = 2;

/** Parts the windows by size, from the smallest up; a part of fewer than `atLeast` windows is merged with its neighbour. */
export const stratify = (windows: readonly SizedWindow[], atLeast: number): Stratum[] => {
  const merged: SizedWindow[][] = [];
  for (const part of bySize(windows)) {
    const below = merged.at(-1);
    if (below && below.length < atLeast) below.push(...part);
    else merged.push([...part]);
  }
  const last = merged.at(-1);
  const below = merged.at(-2);
  if (last && below && last.length < atLeast) {
    below.push(...last);
    merged.pop();
  }
  return merged.map(stratum);
};

const bySize = (windows: readonly SizedWindow[]): SizedWindow[][] => {
  const parts: SizedWindow[][] = [];
  for (const window of windows.toSorted((a, b) => a.rows - b.rows)) {
    const open = parts.at(-1);
    if (open && window.rows < sizeFactor * (open[0]?.rows ?? 0)) open.push(window);
    else parts.push([window]);
  }
  return parts;
};

const stratum = (windows: readonly SizedWindow[]): Stratum => ({
  fewestRows: windows[0]?.rows ?? 0,
  mostRows: windows.at(-1)?.rows ?? 0,
  unusual: ascending(windows.map(({ unusual }) => unusual)),
});

/** The stratum of a window of `rows` rows: the first that reaches as high, else the last. */
export const stratumOf = (strata: readonly Stratum[], rows: number): Stratum =>
  strata.find(({ mostRows }) => rows <= mostRows) ?? strata.at(-1) ?? { fewestRows: 0, mostRows: 0, unusual: [] };

/** The share of no-drift windows at least as unusual, this one counted too: never 0. */
export const conformalP = ({ unusual }: Stratum, t: number): number =>
  (1 + countAtLeast(unusual, t)) / (unusual.length + 1);
