import { ascending, countAtLeast } from './order.ts';

/** Calibration windows of like size: how unusual each was, ascending. */
export type Stratum = { fewestRows: number; mostRows: number; unusual: number[] };

export type SizedWindow = { rows: number; unusual: number };

/** Windows whose sizes differ by less than this factor are of one size. */
const sizeFactor = 2;

/**
 * Parts the windows by size, from the smallest up. A stratum closes once it has `atLeast` windows and the next one is
 * twice as large as its first; what is too small for the stated rate is merged with its neighbour.
 */
export const stratify = (windows: readonly SizedWindow[], atLeast: number): Stratum[] => {
  const groups: SizedWindow[][] = [];
  for (const window of windows.toSorted((a, b) => a.rows - b.rows)) {
    const open = groups.at(-1);
    const full = open && open.length >= atLeast && window.rows >= sizeFactor * (open[0]?.rows ?? 0);
    if (!open || full) groups.push([window]);
    else open.push(window);
  }
  const last = groups.at(-1);
  if (last && groups.length > 1 && last.length < atLeast) groups.splice(-2, 2, [...(groups.at(-2) ?? []), ...last]);
  return groups.map((group) => ({
    fewestRows: group[0]?.rows ?? 0,
    mostRows: group.at(-1)?.rows ?? 0,
    unusual: ascending(group.map(({ unusual }) => unusual)),
  }));
};

/** The stratum of a window of `rows` rows: the first that reaches as high, else the last. */
export const stratumOf = (strata: readonly Stratum[], rows: number): Stratum =>
  strata.find(({ mostRows }) => rows <= mostRows) ?? strata.at(-1) ?? { fewestRows: 0, mostRows: 0, unusual: [] };

/** The share of no-drift windows at least as unusual, this one counted too: never 0. */
export const conformalP = ({ unusual }: Stratum, t: number): number =>
  (1 + countAtLeast(unusual, t)) / (unusual.length + 1);
