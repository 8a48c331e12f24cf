import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Measure } from '../shared/domain/metrics/metric.ts';
import { driftless } from './e2e/driftless.ts';
import { parquetOf } from './fakes/parquet.ts';

// Figures that peers publish for two small samples; `exact` is NumPy's and SciPy's for the same rows.
type Sample = { counts: Record<string, number> } | { file: string };
type Case = {
  id: string;
  metric: string;
  reference: Sample;
  current: Sample;
  expected: number;
  tolerance: number;
  exact: number;
};
const here = (path: string): URL => new URL(`cases/${path}`, import.meta.url);
const cases = JSON.parse(await readFile(here('published-distances.json'), 'utf8')) as Case[];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drift-cases-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const write = async (name: string, sample: Sample): Promise<string> => {
  const counts = 'counts' in sample ? Object.entries(sample.counts) : await readCounts(sample.file);
  const rows = counts.flatMap(([value, count]) => Array.from({ length: count }, () => value));
  await writeFile(join(folder, name), `x\n${rows.join('\n')}\n`);
  return name;
};

const readCounts = async (file: string): Promise<[string, number][]> => {
  const [, ...lines] = (await readFile(here(file), 'utf8')).trim().split('\n');
  return lines.map((line) => line.split(',')).map(([value = '', count]) => [value, Number(count)]);
};

type Report = { columns: Record<string, Record<string, Measure>> };
const drift = async (...parameters: string[]): Promise<Report> => {
  const { code, stdout, stderr } = await driftless(folder, 'drift', '--json', ...parameters);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Report;
};

const rows = (from: number) => Array.from({ length: 300 }, (_, i) => ({ n: (i * 7 + from) % 101, c: `k${i % from}` }));

describe('driftless drift', () => {
  it.each(cases)('$id: $metric', async ({ id, metric, reference, current, expected, tolerance, exact }) => {
    const before = await write(`${id}-reference.csv`, reference);
    const now = await write(`${id}-current.csv`, current);
    const { columns } = await drift('--reference', before, '--current', now, '--column', 'x', '--metric', metric);
    const { value, low, high } = columns['x']?.[metric] ?? { value: -1, low: -1, high: -1 };
    expect(Math.abs(value - expected)).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(value - exact)).toBeLessThanOrEqual(1e-6 * Math.max(1, exact));
    expect(low).toBeLessThanOrEqual(exact + 1e-9);
    expect(high).toBeGreaterThanOrEqual(exact - 1e-9);
  });

  it('reads Parquet, JSON Lines and CSV alike, and a profile as a reference', async () => {
    await writeFile(
      join(folder, 'a.jsonl'),
      rows(5)
        .map((row) => JSON.stringify(row))
        .join('\n'),
    );
    await writeFile(
      join(folder, 'b.csv'),
      `n,c\n${rows(6)
        .map(({ n, c }) => `${n},${c}`)
        .join('\n')}\n`,
    );
    await writeFile(
      join(folder, 'b.parquet'),
      await parquetOf(`SELECT ((i * 7 + 6) % 101) AS n, 'k' || (i % 6) AS c FROM range(300) t(i)`),
    );
    const { code } = await driftless(folder, 'profile', 'a.jsonl', '--out', 'a.json');
    expect(code).toBe(0);
    const [csv, parquet, profile] = await Promise.all([
      drift('--reference', 'a.jsonl', '--current', 'b.csv'),
      drift('--reference', 'a.jsonl', '--current', 'b.parquet'),
      drift('--reference', 'a.json', '--current', 'b.parquet'),
    ]);
    expect(parquet).toEqual(csv);
    expect(profile).toEqual(csv);
    expect(csv.columns['c']?.['unseen-rate']?.value).toBeCloseTo(1 / 6, 12);
    expect(Object.keys(csv.columns['c'] ?? {})).not.toContain('ks');
  });

  it('refuses unknown metrics, columns and files in a sentence', async () => {
    await writeFile(join(folder, 'r.csv'), 'x\n1\n2\n');
    for (const [parameters, said] of [
      [['--metric', 'wasserstien:raw'], 'did you mean wasserstein:raw'],
      [['--column', 'y'], 'lacks the column'],
      [['--current', 'none.csv'], 'There is no file none.csv'],
    ] as const) {
      const { code, stderr } = await driftless(
        folder,
        'drift',
        '--reference',
        'r.csv',
        '--current',
        'r.csv',
        ...parameters,
      );
      expect(code).toBe(2);
      expect(stderr).toContain(said);
    }
  });
});
