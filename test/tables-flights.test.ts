import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ColumnBins } from '../shared/domain/bins.ts';
import { ladderOf } from '../shared/domain/ladder.ts';
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
const columns = ['delay', 'distance', 'origin'].map((name) => ({ name }));
// Coarse, so that some cells hold many values.
const wanted = { columns, resolution: 50 };
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
  const ladder = ladderOf(bins);
  const edge = ladder.findIndex((one) => Number(value) <= one);
  return ladder[edge] === value ? 2 * edge + 1 : 2 * edge;
};

it('is counted as a plain loop counts it, whatever the row order', async () => {
  const bins = await duckDb.learn('day.parquet', wanted);
  expect(await duckDb.learn('shuffled.parquet', wanted)).toEqual(bins);
  const request = { timestamp: 'date', windowMs: hour, bins };
  const file = await duckDb.count('day.parquet', request);
  expect(await duckDb.count('shuffled.parquet', request)).toEqual(file);
  expect(flights.length).toBeGreaterThan(10_000);

  const counted = new Map<string, number>();
  const count = (...key: (string | number)[]) => counted.set(key.join(), (counted.get(key.join()) ?? 0) + 1);
  for (const flight of flights) {
    const start = flight.date.toISOString().replace(/:.*/, ':00:00.000Z');
    for (const [name, column] of Object.entries(bins.columns)) {
      const value = name === 'origin' ? flight.origin : name === 'delay' ? flight.delay : flight.distance;
      count(start, name, slowCell(column, value));
    }
  }
  const fromProfile = file.windows.flatMap((window) =>
    Object.entries(window.columns).flatMap(([name, { cells, counts }]) =>
      cells.map((cell, index) => [`${window.windowStart},${name},${cell}`, counts[index]] as const),
    ),
  );
  expect(Object.fromEntries(fromProfile)).toEqual(Object.fromEntries(counted));
  expect(file.windows.reduce((sum, window) => sum + window.rows, 0)).toBe(flights.length);
});

it('gives the same answers by DuckDB and by the fake', async () => {
  const fake = fakeTableReader(store);
  const bins = await duckDb.learn('day.jsonl', wanted);
  expect(await fake.learn('day.jsonl', wanted)).toEqual(bins);
  const request = { timestamp: 'date', windowMs: hour, bins };
  expect(await fake.count('day.jsonl', request)).toEqual(await duckDb.count('day.jsonl', request));
});
