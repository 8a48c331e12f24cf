import type { ColumnBins, ColumnCounts } from '../domain/profile.ts';

/** Shares of rows, 0 to 1: `before` in the reference, `now` in the window. */
export type Shares = { before: number; now: number };
export type CategoryCell = { label: string } & Shares;
/** Values low < x ≤ high; null is without end. */
export type NumericCell = { low: number | null; high: number | null } & Shares;

export type ColumnCells =
  /** `whole`: all values are integers, so bounds lie half-way between them. */
  | { kind: 'numeric'; whole: boolean; cells: NumericCell[]; missing: Shares }
  | { kind: 'category'; cells: CategoryCell[]; missing: Shares };

/** The only place of the report that knows how profiles count. */
export const cellsOf = (
  bins: ColumnBins | undefined,
  before: ColumnCounts | undefined,
  now: ColumnCounts | undefined,
): ColumnCells => {
  const shares = (count: (counts: ColumnCounts) => number): Shares => ({
    before: shareOf(before, count),
    now: shareOf(now, count),
  });
  const cell = (i: number) => shares(({ cells }) => cells[i] ?? 0);
  const missing = shares((counts) => counts.missing);
  if (bins?.kind === 'numeric') {
    const whole = bins.edges.every(Number.isSafeInteger);
    const bounds = whole ? bins.edges.map((edge) => edge + 0.5) : bins.edges;
    const cells = Array.from({ length: bounds.length + 1 }, (_, i) => ({
      low: bounds[i - 1] ?? null,
      high: bounds[i] ?? null,
      ...cell(i),
    }));
    return { kind: 'numeric', whole, cells, missing };
  }
  const labels = bins === undefined ? [] : [...bins.values, '(any other value)'];
  return { kind: 'category', cells: labels.map((label, i) => ({ label, ...cell(i) })), missing };
};

const shareOf = (counts: ColumnCounts | undefined, count: (counts: ColumnCounts) => number): number => {
  const rows = counts?.cells.reduce((sum, each) => sum + each, counts.missing) ?? 0;
  return counts === undefined || rows === 0 ? 0 : count(counts) / rows;
};
