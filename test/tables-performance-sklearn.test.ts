import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PerformanceMetric, performanceMetrics } from '../shared/domain/performance-metrics.ts';
import { mergePerformance } from '../shared/domain/merge-performance.ts';
import { systemClock } from '../shared/kernel/clock.ts';
import { systemIds } from '../shared/kernel/ids.ts';
import { memoryObjectStore } from '../shared/object-store/memory.ts';
import { duckDbTableReader } from '../shared/tables/duckdb.ts';
import type { PerformanceRequest, TableReader } from '../shared/tables/port.ts';
import { fakeTableReader } from './fakes/tables.ts';

const day = 86_400_000;
const store = memoryObjectStore({ clock: systemClock, ids: systemIds });
const put = async (key: string, rows: object[]): Promise<string> => {
  await store.put(key, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return key;
};
const fake = fakeTableReader(store);
let tempDir = '';
let duckDb: TableReader;
let figures: Figures;

beforeAll(async () => {
  tempDir = await mkdtemp(join(tmpdir(), 'performance-test-'));
  duckDb = duckDbTableReader({ store, tempDir });
  figures = JSON.parse(await readFile(new URL('data/performance-sklearn.json', import.meta.url), 'utf8'));
});
afterAll(() => rm(tempDir, { recursive: true, force: true }));

type Figure = Record<string, number> & {
  confusion: number[];
  'multiclass-confusion': number[][];
};
/** Made by scikit-learn; the file says how. */
type Figures = { days: Figure[]; all: Figure; columns: string[]; rows: (string | number)[][] };

const names = { predictionId: 'id', timestamp: 'at', windowMs: day, groups: {} };
const binary: PerformanceRequest = { ...names, task: 'binary', score: 's', prediction: null, label: 'y' };
const multiclass: PerformanceRequest = {
  ...names,
  task: 'multiclass',
  score: null,
  prediction: 'k',
  label: 'c',
  classes: ['cat', 'dog', 'emu', 'fox'],
};
const regression: PerformanceRequest = {
  ...names,
  task: 'regression',
  score: null,
  prediction: 'q',
  label: 'v',
  unit: 2 ** -20,
};

it.each(['duckdb', 'fake'])('%s agrees with scikit-learn, by window and merged', async (driver) => {
  const reader = driver === 'duckdb' ? duckDb : fake;
  const rows = figures.rows.map((row) => Object.fromEntries(figures.columns.map((name, i) => [name, row[i]])));
  const predictions = await put(
    'sk-p.jsonl',
    rows.map(({ id, s, k, q }) => ({ id, s, k, q })),
  );
  const labels = await put(
    'sk-l.jsonl',
    rows.map(({ id, day: date, y, c, v }) => ({ id, y, c, v, at: `2001-01-0${date}T09:00:00Z` })).toReversed(),
  );
  const agree = async (request: PerformanceRequest, expected: Partial<Record<PerformanceMetric, string>>) => {
    const { windows } = await reader.performance([predictions], [labels], request);
    expect(windows.map(({ windowStart }) => windowStart.slice(0, 10))).toEqual(['2001-01-01', '2001-01-02']);
    for (const [{ sums }, figure] of [...windows, mergePerformance(windows)].map(
      (window, i) => [window, figures.days[i] ?? figures.all] as const,
    )) {
      for (const [metric, name] of Object.entries(expected) as [PerformanceMetric, string][]) {
        const { value = Number.NaN, low = 1, high = 0 } = performanceMetrics[metric](sums) ?? {};
        const exact = figure[name] ?? Number.NaN;
        expect(low - 1e-12).toBeLessThanOrEqual(exact);
        expect(high + 1e-12).toBeGreaterThanOrEqual(exact);
        // AUC is only as exact as the order within cells of 1/200.
        expect(Math.abs(value - exact)).toBeLessThan(metric === 'auc' ? 0.002 : 1e-6);
      }
    }
    return windows.map(({ sums }) => sums);
  };
  const scores = await agree(binary, {
    'log-loss': 'log-loss',
    brier: 'brier',
    auc: 'auc',
    'error-rate': 'error-rate',
  });
  expect(
    scores.map((sums) =>
      sums.task === 'binary' ? [sums.trueNegatives, sums.falsePositives, sums.falseNegatives, sums.truePositives] : [],
    ),
  ).toEqual(figures.days.map(({ confusion }) => confusion));
  const classes = await agree(multiclass, { 'error-rate': 'multiclass-error-rate' });
  expect(classes.map((sums) => (sums.task === 'multiclass' ? sums.confusion : []))).toEqual(
    figures.days.map((figure) =>
      figure['multiclass-confusion'].flatMap((row, label) => row.map((count, predicted) => [label, predicted, count])),
    ),
  );
  await agree(regression, { mae: 'mae', rmse: 'rmse' });
});
