import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ColumnBins } from '../shared/domain/profile.ts';
import { systemClock } from '../shared/kernel/clock.ts';
import { systemIds } from '../shared/kernel/ids.ts';
import { memoryObjectStore } from '../shared/object-store/memory.ts';
import { duckDbTableReader } from '../shared/tables/duckdb.ts';
import type { TableReader } from '../shared/tables/port.ts';
import { parquetOf } from './fakes/parquet.ts';
import { fakeTableReader } from './fakes/tables.ts';

// One day of real flights, read a second time by another Parquet reader.
type Flight = { date: Date; delay: number; distance: number; origin: string };
const source = fileURLToPath(new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets')));
const select = `SELECT date, delay::INTEGER AS delay, distance::INTEGER AS distance, origin FROM '${source}'
  WHERE date >= '2001-03-05' AND date < '2001-03-06'`;
const columnNames = ['delay', 'distance', 'origin'];
const hour = 3_600_000;
const store = memoryObjectStore({ clock: systemClock, ids: systemIds });
let tempDir = '';
let duckDb: TableReader;
let flights: Flight[] = [];

beforeAll(async () => {
  tempDir = await mkdtemp(join(tmpdir(), 'tables-flights-'));
  duckDb = duckDbTableReader({ store, tempDir });
  await store.put('day.parquet', await parquetOf(select));
  await store.put('shuffled.parquet', await parquetOf(`${select} ORDER BY hash(date, delay, distance, origin)`));
  flights = await readFlights();
  await store.put('day.jsonl', flights.map((flight) => `${JSON.stringify(flight)}\n`).join(''));
});
afterAll(() => rm(tempDir, { recursive: true, force: true }));

const readFlights = async (): Promise<Flight[]> => {
  const { body } = (await store.get('day.parquet')) ?? {};
  const file = Uint8Array.from(body ?? []).buffer;
  const rows = await parquetReadObjects({ file });
  return rows.map((row) => ({
    date: new Date(Number(row['date'])),
    delay: Number(row['delay']),
    distance: Number(row['distance']),
    origin: String(row['origin']),
  }));
};

/** The cell of a value, by plain search. */
const slowCell = (bins: ColumnBins, value: string | number): number => {
  if (bins.kind === 'category') return [...bins.values, value].indexOf(String(value));
  const cell = bins.edges.findIndex((edge) => Number(value) <= edge);
  return cell === -1 ? bins.edges.length : cell;
};

it('is counted as a plain loop counts it, whatever the row order', async () => {
  const { columns } = await duckDb.learnBins('day.parquet', columnNames);
  expect(await duckDb.learnBins('shuffled.parquet', columnNames)).toEqual({ columns });
  const request = { timestamp: 'date', windowMs: hour, bins: { columns } };
  const profile = await duckDb.profile('day.parquet', request);
  expect(await duckDb.profile('shuffled.parquet', request)).toEqual(profile);
  expect(flights.length).toBeGreaterThan(10_000);

  const counted = new Map<string, number>();
  const count = (...key: (string | number)[]) => counted.set(key.join(), (counted.get(key.join()) ?? 0) + 1);
  for (const flight of flights) {
    const start = flight.date.toISOString().replace(/:.*/, ':00:00.000Z');
    for (const [name, column] of Object.entries(columns)) {
      const value = name === 'origin' ? flight.origin : name === 'delay' ? flight.delay : flight.distance;
      count(start, name, slowCell(column, value));
    }
  }
  const fromProfile = profile.flatMap((window) =>
    Object.entries(window.columns).flatMap(([name, { cells }]) =>
      cells.map((n, cell) => [`${window.windowStart},${name},${cell}`, n] as const).filter(([, n]) => n > 0),
    ),
  );
  expect(Object.fromEntries(fromProfile)).toEqual(Object.fromEntries(counted));
  expect(profile.reduce((sum, window) => sum + window.rows, 0)).toBe(flights.length);
});

it('gives the same answers by DuckDB and by the fake', async () => {
  const fake = fakeTableReader(store);
  const learnt = await duckDb.learnBins('day.jsonl', columnNames);
  expect(await fake.learnBins('day.jsonl', columnNames)).toEqual(learnt);
  const request = { timestamp: 'date', windowMs: hour, bins: learnt };
  expect(await fake.profile('day.jsonl', request)).toEqual(await duckDb.profile('day.jsonl', request));
});
