import { DuckDBInstance } from '@duckdb/node-api';
import { join } from 'node:path';
import type { Histograms, Listed } from './histograms.ts';

const file = join(import.meta.dirname, '../../node_modules/vega-datasets/data/flights-3m.parquet');

const expressions: Record<string, { kind: Listed['kind']; sql: string }> = {
  hour: { kind: 'number', sql: 'hour(date)' },
  day_of_week: { kind: 'number', sql: 'dayofweek(date)' },
  distance: { kind: 'number', sql: 'distance' },
  origin: { kind: 'category', sql: 'origin' },
  destination: { kind: 'category', sql: 'destination' },
  delay: { kind: 'number', sql: 'delay' },
};

export type Day = { start: string; profile: Histograms };

/** Every day of the three million flights, in order, as exact counts of each column. */
export const readFlightDays = async (): Promise<{ days: Day[]; columns: Record<string, Listed> }> => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const days = new Map<string, Histograms>();
  const columns: Record<string, Listed> = {};
  for (const [name, { kind, sql }] of Object.entries(expressions)) {
    const reader = await connection.runAndReadAll(
      `select strftime(date, '%Y-%m-%d') as day, ${sql} as value, count(*) as rows from read_parquet('${file}') group by all order by day, value`,
    );
    const counted = reader
      .getRowsJS()
      .map(([day, value, rows]) => ({ day: day as string, value: value as string | bigint, rows: Number(rows) }));
    const listed = list(kind, new Set<string | bigint>(counted.map(({ value }) => value)));
    const cellOf = new Map(listed.values.map((value, i) => [String(value), i]));
    columns[name] = listed;
    for (const { day, value, rows } of counted) {
      const profile = days.get(day) ?? {};
      days.set(day, profile);
      profile[name] ??= { cells: new Float64Array(listed.values.length + 1), missing: 0 };
      profile[name].cells[cellOf.get(String(value)) ?? listed.values.length] = rows;
    }
  }
  connection.closeSync();
  const inOrder = [...days].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { days: inOrder.map(([day, profile]) => ({ start: `${day}T00:00:00.000Z`, profile })), columns };
};

const list = (kind: Listed['kind'], values: Set<string | bigint>): Listed =>
  kind === 'number'
    ? { kind, values: [...values].map(Number).toSorted((a, b) => a - b) }
    : { kind, values: [...values].map(String).toSorted() };
