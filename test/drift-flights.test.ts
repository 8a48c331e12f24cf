import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mergeCounts, noCounts } from '../shared/domain/counts.ts';
import { metrics } from '../shared/domain/metrics/table.ts';
import type { WindowProfile } from '../shared/domain/window-profile.ts';
import type { BinSet } from '../shared/domain/bins.ts';
import { duckDbTableReader } from '../shared/tables/duckdb.ts';
import { localFiles } from '../shared/tables/local-files.ts';
import { seededRandom } from './seeded-random.ts';

// Three million real flights by day. `exact_delay` has millions of distinct values, as a sensor would: the delay with a
// fraction of a minute; `later` is the same a third of a deviation later.
const source = fileURLToPath(new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets')));
const select = `SELECT *, exact_delay + 12 AS later FROM (SELECT date, delay, distance,
  delay + (hash(date, delay, origin, destination) % 1000003) / 1000003 AS exact_delay FROM '${source}')`;
const day = 86_400_000;
const real = ['delay', 'distance'];
const columns = [...real, 'exact_delay'];

/** Values ascending and how many rows hold each, straight from the rows. */
type Distribution = { values: Float64Array; rows: Float64Array; total: number };
let folder = '';
let bins: BinSet;
let windows: WindowProfile[] = [];
let exactly: (column: string, start: string) => Promise<Distribution>;
let close = () => {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drift-flights-'));
  const path = join(folder, 'flights.parquet');
  const january = join(folder, 'january.parquet');
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
  close = () => connection.closeSync();
  await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
  await connection.run(`COPY (SELECT * FROM '${path}' WHERE date < '2001-02-01') TO '${january}' (FORMAT parquet)`);
  const reader = duckDbTableReader({ store: localFiles, tempDir: join(folder, 'temp') });
  const learnt = await reader.learn(january, { columns: columns.map((name) => ({ name })) });
  const ofDelay = learnt.columns['exact_delay'];
  bins = { ...learnt, columns: { ...learnt.columns, ...(ofDelay ? { later: ofDelay } : {}) } };
  ({ windows } = await reader.count(path, { timestamp: 'date', windowMs: day, bins }));
  exactly = async (column, start) => {
    const result = await connection.runAndReadAll(
      `SELECT ${column}::DOUBLE AS x, count(*)::DOUBLE AS n FROM '${path}'
       WHERE date >= '${start.slice(0, 10)}' AND date < DATE '${start.slice(0, 10)}' + 1 GROUP BY x ORDER BY x`,
    );
    const [values = [], rows = []] = result.getColumnsJS().map((list) => list.map(Number));
    return {
      values: Float64Array.from(values),
      rows: Float64Array.from(rows),
      total: rows.reduce((sum, n) => sum + n, 0),
    };
  };
}, 60_000);
afterAll(async () => {
  close();
  await rm(folder, { recursive: true, force: true });
});

/** KS and W1 by walking both lists of values. */
const distances = (f: Distribution, g: Distribution): { ks: number; w1: number } => {
  let [i, j, passedF, passedG, ks, w1, last] = [0, 0, 0, 0, 0, 0, 0];
  while (i < f.values.length || j < g.values.length) {
    const x = Math.min(f.values[i] ?? Number.POSITIVE_INFINITY, g.values[j] ?? Number.POSITIVE_INFINITY);
    w1 += Math.abs(passedF / f.total - passedG / g.total) * (x - last);
    if (f.values[i] === x) passedF += f.rows[i++] ?? 0;
    if (g.values[j] === x) passedG += g.rows[j++] ?? 0;
    ks = Math.max(ks, Math.abs(passedF / f.total - passedG / g.total));
    last = x;
  }
  return { ks, w1 };
};

const deviation = ({ values, rows, total }: Distribution): number => {
  const mean = values.reduce((sum, x, i) => sum + x * (rows[i] ?? 0), 0) / total;
  return Math.sqrt(values.reduce((sum, x, i) => sum + (x - mean) ** 2 * (rows[i] ?? 0), 0) / total);
};

it('certifies KS of 100 pairs of days to a thousandth, and W1 of shifted ones to a hundredth', async () => {
  const { uniform } = seededRandom(3);
  const pick = (): WindowProfile => windows[Math.floor(uniform() * 181)] as WindowProfile;
  let widest = 0;
  let worst = 0;
  for (let pair = 0; pair < 100; pair += 1) {
    const [a, b] = [pick(), pick()];
    for (const [column, now] of [...columns.map((name) => [name, name]), ['exact_delay', 'later']] as const) {
      const cells = bins.columns[column ?? ''];
      if (!cells || column === undefined || now === undefined) throw new Error('a column');
      const [f, g] = [await exactly(column, a.windowStart), await exactly(now, b.windowStart)];
      const exact = distances(f, g);
      const [before, after] = [a.columns[column] ?? noCounts(), b.columns[now] ?? noCounts()];
      const ks = metrics.ks(cells, before, after);
      expect(exact.ks).toBeGreaterThanOrEqual(ks.low - 1e-12);
      expect(exact.ks).toBeLessThanOrEqual(ks.high + 1e-12);
      if (real.includes(now)) widest = Math.max(widest, ks.high - ks.low);
      const std = metrics['wasserstein:std'](cells, before, after);
      const exactStd = exact.w1 / deviation(f);
      expect(exactStd).toBeGreaterThanOrEqual(std.low - 1e-9);
      expect(exactStd).toBeLessThanOrEqual(std.high + 1e-9);
      if (now === 'later') worst = Math.max(worst, Math.abs(std.value / exactStd - 1));
    }
  }
  expect(widest).toBeLessThanOrEqual(0.001);
  expect(worst).toBeLessThanOrEqual(0.01);
}, 120_000);

it('certifies KS of many distinct values to a thousandth against the rows that the cells were learnt from', () => {
  const cells = bins.columns['exact_delay'];
  if (!cells) throw new Error('a column');
  const january = mergeCounts(windows.slice(0, 31).map((window) => window.columns['exact_delay'] ?? noCounts()));
  for (const window of windows) {
    const { low, high } = metrics.ks(cells, january, window.columns['exact_delay'] ?? noCounts());
    expect(high - low).toBeLessThanOrEqual(0.001 + 1e-9);
  }
});
