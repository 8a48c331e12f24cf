import * as z from 'zod';
import type { BinSet } from './bins.ts';
import { ColumnCounts, mergeCounts, noCounts } from './counts.ts';
import { Time } from './names.ts';

const Count = z.int().nonnegative();

/** In place of a cell of a joint count. `absent`: the file has no such column, as predictions have no labels yet. */
export const outcomeCodes = { missing: -1, invalid: -2, absent: -3 } as const;

/**
 * Rows by the cells of group, score, prediction and label at once: `[group, score, prediction, label, rows]`,
 * ascending. Cells are those of the columns' bins, or one of `outcomeCodes`. `group` names the column, null for none.
 */
const OutcomeCounts = z.strictObject({
  group: z.string().nullable(),
  rows: z.array(z.tuple([z.int(), z.int(), z.int(), z.int(), Count])),
});
export type OutcomeCounts = z.infer<typeof OutcomeCounts>;

/** What one window (UTC start) held. */
export const WindowProfile = z.strictObject({
  windowStart: Time,
  rows: Count,
  columns: z.record(z.string(), ColumnCounts),
  outcomes: z.array(OutcomeCounts),
});
export type WindowProfile = z.infer<typeof WindowProfile>;

/** Integer addition: the order does not matter. All profiles must be of one bin set and one window. */
export const mergeWindowProfiles = (profiles: WindowProfile[]): WindowProfile => {
  const starts = profiles.map(({ windowStart }) => windowStart).toSorted();
  const [windowStart] = starts;
  if (windowStart === undefined) throw new RangeError('mergeWindowProfiles needs at least one profile');
  const names = [...new Set(profiles.flatMap(({ columns }) => Object.keys(columns)))].toSorted();
  const groups = [...new Set(profiles.flatMap(({ outcomes }) => outcomes.map(({ group }) => group)))];
  return {
    windowStart,
    rows: profiles.reduce((sum, { rows }) => sum + rows, 0),
    columns: Object.fromEntries(
      names.map((name) => [name, mergeCounts(profiles.map(({ columns }) => columns[name] ?? noCounts()))]),
    ),
    outcomes: groups
      .toSorted((a, b) => (String(a) < String(b) ? -1 : 1))
      .map((group) => ({ group, rows: mergeOutcomes(profiles, group) })),
  };
};

/** Numeric columns that hold values, none of them a number: the column is no longer what it was. */
export const retypedColumns = ({ columns }: BinSet, windows: WindowProfile[]): string[] =>
  Object.keys(columns).filter((name) => {
    const counts = windows.flatMap((window) => window.columns[name] ?? []);
    const isInvalid = counts.some(({ invalid }) => invalid > 0) && counts.every(({ cells }) => cells.length === 0);
    return columns[name]?.kind === 'numeric' && isInvalid;
  });

const mergeOutcomes = (profiles: WindowProfile[], group: string | null): OutcomeCounts['rows'] => {
  const sums = new Map<string, OutcomeCounts['rows'][number]>();
  for (const { outcomes } of profiles) {
    const found = outcomes.find((table) => table.group === group)?.rows ?? [];
    for (const [g, score, prediction, label, rows] of found) {
      const key = [g, score, prediction, label].join();
      sums.set(key, [g, score, prediction, label, (sums.get(key)?.[4] ?? 0) + rows]);
    }
  }
  return [...sums.values()].toSorted(byCells);
};

/** Ascending by cells, the leftmost first. */
export const byCells = (a: OutcomeCounts['rows'][number], b: OutcomeCounts['rows'][number]): number =>
  a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3];
