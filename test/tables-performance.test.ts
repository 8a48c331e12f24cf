import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WindowPerformance } from '../shared/domain/performance.ts';
import { systemClock } from '../shared/kernel/clock.ts';
import { DriftlessError } from '../shared/kernel/errors.ts';
import { systemIds } from '../shared/kernel/ids.ts';
import { memoryObjectStore } from '../shared/object-store/memory.ts';
import { duckDbTableReader } from '../shared/tables/duckdb.ts';
import type { PerformanceRequest, TableReader } from '../shared/tables/port.ts';
import { parquetOf } from './fakes/parquet.ts';
import { fakeTableReader } from './fakes/tables.ts';
import { seededRandom } from './seeded-random.ts';

const day = 86_400_000;
const store = memoryObjectStore({ clock: systemClock, ids: systemIds });
const put = async (key: string, rows: object[]): Promise<string> => {
  await store.put(key, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return key;
};
const fake = fakeTableReader(store);
let tempDir = '';
let duckDb: TableReader;

beforeAll(async () => {
  tempDir = await mkdtemp(join(tmpdir(), 'performance-test-'));
  duckDb = duckDbTableReader({ store, tempDir });
});
afterAll(() => rm(tempDir, { recursive: true, force: true }));

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

const micro = (p: number): number => Math.round(-Math.log(p) * 1e6);

const refusal = async (work: Promise<unknown>): Promise<DriftlessError> => {
  const reason: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(reason instanceof DriftlessError)) throw new Error(`expected a DriftlessError, got ${String(reason)}`);
  return reason;
};

describe.each(['duckdb', 'fake'])('%s', (driver) => {
  const reader = (): TableReader => (driver === 'duckdb' ? duckDb : fake);

  it('takes the last prediction and the last label of an id, and counts what it left out', async () => {
    const scores = await put('p.jsonl', [
      { id: 1, s: 0.25 },
      { id: '2', s: 1 },
      { id: 3, s: 0.5 },
      { id: 3, s: 0.75 },
      { id: 4, s: 0.5 },
    ]);
    const first = await put('l1.jsonl', [
      { id: 1, at: '2001-01-01', y: 1 },
      { id: 9, at: '2001-01-01', y: 1 },
    ]);
    const last = await put('l2.jsonl', [
      { id: 2, at: '2001-01-02T12:00:00Z', y: true },
      { id: 2, at: '2001-01-02T12:00:00Z', y: false },
      { id: 3, at: '2001-01-02', y: true },
      { id: 3, at: '2001-01-02', y: null },
      { id: 1, at: '2001-01-01', y: false },
    ]);
    const report = await reader().performance([scores], [first, last], binary);
    expect(report).toEqual({
      windows: [
        {
          windowStart: '2001-01-01T00:00:00.000Z',
          unusable: 0,
          groups: [],
          sums: {
            task: 'binary',
            rows: 1,
            truePositives: 0,
            falsePositives: 0,
            trueNegatives: 1,
            falseNegatives: 0,
            scores: { logLossMicro: micro(0.75), brierMicro: 62_500, cells: [101], negatives: [1], positives: [0] },
          },
        },
        {
          windowStart: '2001-01-02T00:00:00.000Z',
          unusable: 0,
          groups: [],
          sums: {
            task: 'binary',
            rows: 2,
            truePositives: 1,
            falsePositives: 1,
            trueNegatives: 0,
            falseNegatives: 0,
            scores: {
              logLossMicro: micro(1e-6) + micro(0.75),
              brierMicro: 1_062_500,
              cells: [301, 401],
              negatives: [0, 1],
              positives: [1, 0],
            },
          },
        },
      ],
      unknownIds: 1,
      repeatedPredictions: 1,
      repeatedLabels: 2,
      unusable: [],
    });
    const swapped = await reader().performance([scores], [last, first], binary);
    expect(swapped.windows[0]?.sums).toMatchObject({ falseNegatives: 1, trueNegatives: 0 });
  });

  it('leaves out what it cannot read, saying where, and keeps the rest', async () => {
    const scores = [1.2, -0.1, null, 'NaN', 'high', 0.9].map((s, id) => ({ id, s }));
    const predictions = await put('bad-p.jsonl', [...scores, { id: null, s: 0.5 }, { id: 6, s: 0.5 }]);
    const labels = await put('bad-l.jsonl', [
      ...scores.map(({ id }) => ({ id, at: '2001-01-01', y: 1 })),
      { id: 5, at: '2001-01-01', y: 'maybe' },
      { id: 6, at: 'soon', y: 1 },
      { id: null, at: '2001-01-01', y: 1 },
    ]);
    const { windows, unusable } = await reader().performance([predictions], [labels], binary);
    expect(windows).toMatchObject([{ unusable: 5, sums: { rows: 1, truePositives: 1 } }]);
    expect(unusable.toSorted((a, b) => a.firstRow - b.firstRow)).toEqual([
      { file: predictions, column: 's', rows: 5, firstRow: 1 },
      { file: predictions, column: 'id', rows: 1, firstRow: 7 },
      { file: labels, column: 'y', rows: 1, firstRow: 7 },
      { file: labels, column: 'at', rows: 1, firstRow: 8 },
      { file: labels, column: 'id', rows: 1, firstRow: 9 },
    ]);
    const wild = { ...regression, prediction: 's', label: 'y' };
    const numbers = await put(
      'wild-l.jsonl',
      [0, 5].map((id) => ({ id, at: '2001-01-01', y: id === 0 ? 1e149 : 0.4 })),
    );
    const [window] = (await reader().performance([predictions], [numbers], wild)).windows;
    expect(window).toMatchObject({ unusable: 1, sums: { rows: 1, absolute: String(2 ** 19) } });
  });

  it('has windows only where labels meet predictions', async () => {
    const predictions = await put('some-p.jsonl', [{ id: 1, s: null, k: 'a', q: 1 }]);
    const strangers = await put('some-l.jsonl', [{ id: 2, at: '2001-01-01', y: 1, c: 'a', v: 1 }]);
    for (const request of [binary, multiclass, regression]) {
      const nothing = { windows: [], repeatedPredictions: 0, repeatedLabels: 0 };
      expect(await reader().performance([predictions], [strangers], request)).toMatchObject({
        ...nothing,
        unknownIds: 1,
      });
      expect(await reader().performance([predictions], [], request)).toMatchObject({ ...nothing, unknownIds: 0 });
      expect(await reader().performance([], [strangers], request)).toMatchObject({ ...nothing, unknownIds: 1 });
    }
    const unscored = await put('some-l2.jsonl', [{ id: 1, at: '2001-01-01', y: 1 }]);
    const [window] = (await reader().performance([predictions], [unscored], binary)).windows;
    expect(WindowPerformance.parse(window)).toMatchObject({ unusable: 1, sums: { rows: 0 } });
  });

  it('sums by group: those that are named, all others, and none', async () => {
    const origins = ['SFO', 'JFK', null, 'other', 'SFO', "'); DROP TABLE joined; --"];
    const predictions = await put(
      'g-p.jsonl',
      origins.map((origin, id) => ({ id, s: id / 10, origin, carrier: 'AA' })),
    );
    const labels = await put(
      'g-l.jsonl',
      origins.map((_, id) => ({ id, at: '2001-01-01', y: true })),
    );
    const groups = { origin: ['SFO', "'); DROP TABLE joined; --", 'never'], carrier: [] };
    const { windows } = await reader().performance([predictions], [labels], { ...binary, groups });
    expect(windows[0]?.groups.map(({ column, group, sums }) => ({ column, ...group, rows: sums.rows }))).toEqual([
      { column: 'carrier', kind: 'other', rows: 6 },
      { column: 'origin', kind: 'value', value: "'); DROP TABLE joined; --", rows: 1 },
      { column: 'origin', kind: 'value', value: 'SFO', rows: 2 },
      { column: 'origin', kind: 'other', rows: 2 },
      { column: 'origin', kind: 'missing', rows: 1 },
    ]);
    expect(windows.map((window) => WindowPerformance.parse(window))).toEqual(windows);
  });

  it('counts classes that nobody named as one, and their errors still', async () => {
    const predictions = await put(
      'c-p.jsonl',
      ['a', 'x', 'y', 1, '2.0'].map((k, id) => ({ id, k })),
    );
    const labels = await put(
      'c-l.jsonl',
      ['a', 'x', 'x', '1.0', 2].map((c, id) => ({ id, at: 0, c })),
    );
    const request = { ...multiclass, classes: ['a', '2', 'a'] };
    const { windows } = await reader().performance([predictions], [labels], request);
    expect(windows[0]?.sums).toEqual({
      task: 'multiclass',
      rows: 5,
      errors: 1,
      classes: ['a', '2'],
      confusion: [
        [0, 0, 1],
        [1, 1, 1],
        [2, 2, 3],
      ],
    });
  });

  it('takes the prediction column for the decision where there is one, with or without a score', async () => {
    const predictions = await put('d-p.jsonl', [
      { id: 1, s: 0.9, late: false },
      { id: 2, s: 0.2, late: '1' },
    ]);
    const labels = await put(
      'd-l.jsonl',
      [1, 2].map((id) => ({ id, at: 0, y: true })),
    );
    const request: PerformanceRequest = { ...binary, prediction: 'late' };
    const both = await reader().performance([predictions], [labels], request);
    expect(both.windows[0]?.sums).toMatchObject({ truePositives: 1, falseNegatives: 1, scores: { positives: [1, 1] } });
    const [bare] = (await reader().performance([predictions], [labels], { ...request, score: null })).windows;
    expect(bare?.sums).toMatchObject({ truePositives: 1, falseNegatives: 1, scores: null });
  });
});

const selectLabelled = (order: string): string =>
  `SELECT i AS id, hash(i) % 1009 / 1008 AS s, DATE '2001-01-01' + (i // 30_000)::INTEGER AS at, hash(i, 1) % 3 = 0 AS y
   FROM range(150_000) t(i) ORDER BY ${order}`;

const readOrdered = async (order: string): Promise<string> => {
  await store.put('rg.parquet', await parquetOf(selectLabelled(order)));
  return JSON.stringify(await duckDb.performance(['rg.parquet'], ['rg.parquet'], binary));
};

describe('files', () => {
  it('give the same bytes whatever the order of their rows and row groups, like the fake', async () => {
    const { uniform } = seededRandom(3);
    const below = (n: number): number => Math.floor(uniform() * n);
    const rows = Array.from({ length: 5000 }, (_, id) => ({
      id,
      s: below(4000) / 4000,
      q: below(1e6) / 7,
      g: `g${below(9)}`,
    }));
    const labels = rows.map(({ id }) => ({
      id,
      at: `2001-01-0${1 + below(5)}T00:00:00Z`,
      y: below(2),
      v: below(1e6) / 7,
    }));
    const shuffled = <Item>(items: Item[]): Item[] =>
      items
        .map((item) => ({ item, at: below(1e9) }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ item }) => item);
    const groups = { g: ['g1', 'g2'] };
    await put('r-p.jsonl', rows);
    await put('r-l.jsonl', labels);
    await put('r-p2.jsonl', shuffled(rows));
    await put('r-l2.jsonl', shuffled(labels));
    for (const request of [
      { ...binary, groups },
      { ...regression, groups },
    ] satisfies PerformanceRequest[]) {
      const expected = JSON.stringify(await fake.performance(['r-p.jsonl'], ['r-l.jsonl'], request));
      expect(JSON.stringify(await duckDb.performance(['r-p.jsonl'], ['r-l.jsonl'], request))).toBe(expected);
      expect(JSON.stringify(await duckDb.performance(['r-p2.jsonl'], ['r-l2.jsonl'], request))).toBe(expected);
    }
  });

  it('give the same bytes whatever the order of their row groups', async () => {
    const ascending = await readOrdered('i');
    expect(JSON.parse(ascending)).toMatchObject({
      unknownIds: 0,
      windows: [1, 2, 3, 4, 5].map(() => ({ unusable: 0 })),
    });
    expect(await readOrdered('i DESC')).toBe(ascending);
    expect(await readOrdered('hash(i, 2)')).toBe(ascending);
  });

  it('join whatever their formats and types of ids, with hostile column names', async () => {
    const name = `x"; DROP TABLE predictions; --'`;
    const quoted = (suffix: string): string => `"${name.replaceAll('"', '""')}${suffix}"`;
    await store.put(
      'h-p.parquet',
      await parquetOf(
        `SELECT i::DOUBLE AS ${quoted('id')}, i / 10 AS ${quoted('s')}, i % 2 = 1 AS ${quoted('k')} FROM range(10) t(i)`,
      ),
    );
    const csv = Array.from({ length: 10 }, (_, i) => `${i},2001-01-01,${i % 2}\n`).join('');
    await store.put('h-l.csv', `${quoted('id')},${quoted('at')},${quoted('y')}\n${csv}`);
    const request: PerformanceRequest = {
      task: 'binary',
      predictionId: `${name}id`,
      timestamp: `${name}at`,
      score: `${name}s`,
      prediction: `${name}k`,
      label: `${name}y`,
      windowMs: day,
      groups: { [`${name}k`]: ['true'] },
    };
    const { windows } = await duckDb.performance(['h-p.parquet'], ['h-l.csv'], request);
    expect(windows).toMatchObject([{ sums: { truePositives: 5, trueNegatives: 5 }, groups: [{}, {}] }]);
  });

  it('and requests that cannot be used are refused by name', async () => {
    await put('n-p.jsonl', [{ id: 1, score: 0.5 }]);
    const { code, faults } = await refusal(duckDb.performance(['n-p.jsonl'], [], { ...binary, score: 'scor' }));
    expect({ code, faults }).toMatchObject({ code: 'invalid-input', faults: [{ path: 'scor', suggestion: 'score' }] });
    for (const request of [
      { ...binary, score: null },
      { ...regression, unit: 0 },
      { ...multiclass, classes: Array.from({ length: 101 }, (_, i) => String(i)) },
    ] satisfies PerformanceRequest[])
      expect(await refusal(duckDb.performance([], [], request))).toMatchObject({ code: 'invalid-input' });
    await put(
      'many-p.jsonl',
      Array.from({ length: 10_001 }, (_, id) => ({ id, s: 0.5 })),
    );
    await put(
      'many-l.jsonl',
      Array.from({ length: 10_001 }, (_, id) => ({ id, at: id * day, y: 1 })),
    );
    expect(await refusal(duckDb.performance(['many-p.jsonl'], ['many-l.jsonl'], binary))).toMatchObject({
      code: 'too-large',
    });
  });

  it('and joins that memory does not hold', async () => {
    await store.put('big.parquet', await parquetOf(selectLabelled('i')));
    const small = duckDbTableReader({ store, tempDir, memoryMb: 16 });
    expect(await refusal(small.performance(['big.parquet'], ['big.parquet'], binary))).toMatchObject({
      code: 'too-large',
    });
  });
});
