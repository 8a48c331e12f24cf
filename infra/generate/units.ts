import type { DefinedFunction } from '../../shared/kernel/define-function.ts';
import type { Ports } from '../../shared/ports.ts';

type Row = DefinedFunction<Ports>;

/** What is deployed: rows of one unit share a process, so it gets the most that any of them asks for. */
export const unitsOf = (table: readonly Row[]): { units: object[] } => ({
  units: Map.groupBy(table, ({ unit }) => unit)
    .entries()
    .map(([unit, rows]) => ({
      unit,
      functions: rows.map(({ name, summary, trigger }) => ({ name, summary, trigger })),
      timeoutSeconds: Math.max(...rows.map((row) => row.timeoutSeconds)),
      memoryMb: Math.max(...rows.map((row) => row.memoryMb)),
      needs: [...new Set(rows.flatMap((row) => row.needs))].toSorted(),
    }))
    .toArray()
    .toSorted((a, b) => (a.unit < b.unit ? -1 : 1)),
});
