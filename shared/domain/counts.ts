import * as z from 'zod';

const Count = z.int().nonnegative();

/**
 * How many rows of a window fell into each cell of a column. `cells` are the indexes of the cells that hold any,
 * ascending, and `counts` their rows. `offsets` has one number for each even (open) cell in `cells` of a numeric
 * column: the sum over its rows of how far into the cell each lies, in 1/65536 of the cell's width, rounded. `squares` is
 * the sum over all rows in open cells of ((x − origin) / unit)², rounded row by row. `missing` counts nulls and NaN;
 * `invalid` what is no number, infinite or beyond any measurement. All are integers, so sums know no order.
 */
export const ColumnCounts = z.strictObject({
  cells: z.array(Count),
  counts: z.array(Count),
  offsets: z.array(Count),
  squares: z.string().regex(/^\d+$/),
  missing: Count,
  invalid: Count,
});
export type ColumnCounts = z.infer<typeof ColumnCounts>;

export const offsetSteps = 65_536;

export const noCounts = (): ColumnCounts => ({
  cells: [],
  counts: [],
  offsets: [],
  squares: '0',
  missing: 0,
  invalid: 0,
});

/** How many rows hold a valid value. */
export const presentRows = ({ counts }: ColumnCounts): number => counts.reduce((sum, count) => sum + count, 0);

export const allRows = (counts: ColumnCounts): number => presentRows(counts) + counts.missing + counts.invalid;

/** The sum of any number of counts of one column under one bin set, in whatever order. */
export const mergeCounts = (parts: ColumnCounts[]): ColumnCounts => combine(parts.map((part) => ({ part, sign: 1 })));

/** `sum` as it would be without one of its parts. */
export const subtractCounts = (sum: ColumnCounts, part: ColumnCounts): ColumnCounts =>
  combine([
    { part: sum, sign: 1 },
    { part, sign: -1 },
  ]);

type Term = { part: ColumnCounts; sign: 1 | -1 };

const combine = (terms: Term[]): ColumnCounts => {
  const rows = new Map<number, number>();
  const offsets = new Map<number, number>();
  for (const { part, sign } of terms) {
    let open = 0;
    for (const [index, cell] of part.cells.entries()) {
      add(rows, cell, sign * (part.counts[index] ?? 0));
      // A categorical column has no offsets at all.
      if (cell % 2 === 0 && part.offsets.length > 0) add(offsets, cell, sign * (part.offsets[open++] ?? 0));
    }
  }
  const cells = [...rows.keys()].filter((cell) => rows.get(cell) !== 0).toSorted((a, b) => a - b);
  const total = (of: (part: ColumnCounts) => number): number =>
    terms.reduce((sum, { part, sign }) => sum + sign * of(part), 0);
  return {
    cells,
    counts: cells.map((cell) => rows.get(cell) ?? 0),
    offsets: cells.flatMap((cell) => offsets.get(cell) ?? []),
    squares: String(terms.reduce((sum, { part, sign }) => sum + BigInt(sign) * BigInt(part.squares), 0n)),
    missing: total(({ missing }) => missing),
    invalid: total(({ invalid }) => invalid),
  };
};

const add = (sums: Map<number, number>, key: number, value: number): void => {
  sums.set(key, (sums.get(key) ?? 0) + value);
};
