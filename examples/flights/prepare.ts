import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';

/** Rows with `from` ≤ date < `to`, both days as `2001-01-31`, written as two Parquet files. */
export type FlightsRequest = { from: string; to: string; featuresPath: string; labelsPath: string };

const source = fileURLToPath(new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets')));

/** The data ends with six rows of 1 July: no day, so they are left out. */
export const dataEnd = '2001-07-01';

/** A flight more than this many minutes late counts as late. */
const lateMinutes = 15;

const featureColumns = `id, date, CAST(extract(hour FROM date) AS INTEGER) AS "hour", CAST(isodow(date) AS INTEGER) AS day_of_week,
  CAST(distance AS INTEGER) AS distance, origin, destination`;
const labelColumns = `id, date, delay > ${lateMinutes} AS late`;

/**
 * Writes what the model sees and what turned out, for a range of days. `id` is the row's number in the source file;
 * `day_of_week` is 1 for Monday to 7 for Sunday. Returns the number of rows in each file.
 */
export const writeFlights = async ({ from, to, featuresPath, labelsPath }: FlightsRequest): Promise<number> => {
  const end = to < dataEnd ? to : dataEnd;
  await write(featureColumns, from, end, featuresPath);
  return write(labelColumns, from, end, labelsPath);
};

/** The days `from` ≤ day < `to` as `2001-01-31`. */
export const daysBetween = (from: string, to: string): string[] => {
  const count = (Date.parse(to) - Date.parse(from)) / 86_400_000;
  return Array.from({ length: count }, (_, i) =>
    new Date(Date.parse(from) + i * 86_400_000).toISOString().slice(0, 10),
  );
};

/** The day after, as `2001-02-01`. */
export const dayAfter = (day: string): string => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);

const write = (columns: string, from: string, to: string, path: string): Promise<number> => {
  const rows = `SELECT file_row_number::INTEGER AS id, * FROM read_parquet(${text(source)}, file_row_number = true)
    WHERE date >= TIMESTAMP ${text(from)} AND date < TIMESTAMP ${text(to)}`;
  return copy(`SELECT ${columns} FROM (${rows}) ORDER BY id`, path);
};

/** A day as it reaches the inbox in production: what the model saw, and what it said. Returns the number of rows. */
export const writePredicted = (featuresPath: string, predictionsPath: string, path: string): Promise<number> => {
  const features = `read_parquet(${text(featuresPath)})`;
  const predictions = `read_csv(${text(predictionsPath)}, header = true)`;
  return copy(
    `SELECT f.*, p.score, p.prediction FROM ${features} f JOIN ${predictions} p USING (id) ORDER BY id`,
    path,
  );
};

const copy = async (query: string, path: string): Promise<number> => {
  await mkdir(dirname(path), { recursive: true });
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const copied = await connection.runAndReadAll(
      `COPY (${query}) TO ${text(path)} (FORMAT parquet, COMPRESSION snappy)`,
    );
    return Number(copied.getRowObjectsJS()[0]?.['Count'] ?? 0);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** `node prepare.ts FOLDER [FROM TO]`: January in one pair of files, then every day of the range in its own. */
const main = async (folder: string, from = '2001-03-01', to = '2001-03-10'): Promise<void> => {
  const pair = (name: string) => ({
    featuresPath: join(folder, 'features', `${name}.parquet`),
    labelsPath: join(folder, 'labels', `${name}.parquet`),
  });
  const january = await writeFlights({ from: '2001-01-01', to: '2001-02-01', ...pair('2001-01') });
  console.log(`2001-01: ${january} rows`);
  for (const day of daysBetween(from, to)) {
    console.log(`${day}: ${await writeFlights({ from: day, to: dayAfter(day), ...pair(day) })} rows`);
  }
};

if (import.meta.main) {
  const [folder, from, to] = process.argv.slice(2);
  if (!folder) throw new Error('Say where to write: node prepare.ts FOLDER [FROM TO]');
  await main(folder, from, to);
}
