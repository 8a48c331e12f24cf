import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BinSet } from '../shared/domain/bins.ts';
import { presentRows } from '../shared/domain/counts.ts';
import { mergeWindowProfiles } from '../shared/domain/window-profile.ts';
import { systemClock } from '../shared/kernel/clock.ts';
import { canonicalJson, systemIds } from '../shared/kernel/ids.ts';
import { memoryObjectStore } from '../shared/object-store/memory.ts';
import { duckDbTableReader } from '../shared/tables/duckdb.ts';
import type { CountRequest, TableReader } from '../shared/tables/port.ts';
import { parquetOf } from './fakes/parquet.ts';
import { fakeTableReader } from './fakes/tables.ts';

const day = 86_400_000;
const store = memoryObjectStore({ clock: systemClock, ids: systemIds });
const fake = fakeTableReader(store);
let tempDir = '';
let duckDb: TableReader;
beforeAll(async () => {
  tempDir = await mkdtemp(join(tmpdir(), 'tables-count-'));
  duckDb = duckDbTableReader({ store, tempDir });
});
afterAll(() => rm(tempDir, { recursive: true, force: true }));

const put = async (key: string, body: string | Uint8Array): Promise<string> => {
  await store.put(key, body);
  return key;
};
const parquet = async (key: string, select: string): Promise<string> => put(key, await parquetOf(select));
const jsonl = (rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const named = (...names: string[]) => ({ columns: names.map((name) => ({ name })) });
const daily = (bins: BinSet): CountRequest => ({ timestamp: 'at', windowMs: day, bins });

describe.each(['duckdb', 'fake'])('%s counts', (name) => {
  const reader = () => (name === 'duckdb' ? duckDb : fake);

  it('numbers, categories, booleans, times, missing and invalid values', async () => {
    const learnt = await put(
      'learn.jsonl',
      jsonl([
        { x: 1, kind: 'a', ok: true, when: '2001-01-01T00:00:00Z' },
        { x: 2, kind: 'a', ok: false, when: '2001-01-02T00:00:00Z' },
        { x: 4, kind: 'b', ok: true, when: '2001-01-02T00:00:00Z' },
      ]),
    );
    const bins = await reader().learn(learnt, named('x', 'kind', 'ok', 'when'));
    expect(bins.columns['x']).toMatchObject({ kind: 'numeric', of: 'number', edges: [1, 2, 4], complete: true });
    expect(bins.columns['kind']).toEqual({ kind: 'category', values: ['a', 'b'], rare: [], openEnded: false });
    expect(bins.columns['ok']).toMatchObject({ values: ['true', 'false'] });
    expect(bins.columns['when']).toMatchObject({ of: 'time', edges: [978_307_200_000, 978_393_600_000] });
    const rows = [
      { at: '2001-01-02T00:00:00Z', x: 1, kind: 'a', ok: true, when: '2001-01-02' },
      { at: '2001-01-02T01:30:00+02:00', x: 3, kind: 'c', ok: null, when: 978_393_600_000 },
      { at: '2001-01-01 23:59:59.999', x: null, kind: null, ok: false, when: 'never' },
      { at: 978_307_200_000, x: 'NaN', kind: 'b', ok: false, when: null },
      { at: 'soon', x: 1, kind: 'a', ok: true, when: null },
      { at: '2001-01-02', x: '1e999', kind: 'a', ok: true, when: '2001-01-01' },
    ];
    const counted = await reader().count(await put('rows.jsonl', jsonl(rows)), daily(bins));
    expect(counted).toMatchObject({ rows: 6, untimed: { rows: 1, first: 5 }, repeatedIds: null });
    const [first, second] = counted.windows;
    expect(counted.windows.map(({ windowStart, rows: n }) => [windowStart, n])).toEqual([
      ['2001-01-01T00:00:00.000Z', 3],
      ['2001-01-02T00:00:00.000Z', 2],
    ]);
    expect(first?.columns['x']).toMatchObject({ counts: [1], offsets: [32_768], missing: 2, invalid: 0 });
    expect(first?.columns['kind']).toMatchObject({ cells: [1, 3], counts: [1, 1], missing: 1 });
    expect(first?.columns['when']).toMatchObject({ counts: [1], missing: 1, invalid: 1 });
    expect(second?.columns['x']).toMatchObject({ counts: [1], offsets: [], missing: 0, invalid: 1 });
    expect(second?.columns['ok']).toMatchObject({ cells: [0], counts: [2] });
  });

  it('score, prediction, label and group jointly, with or without labels, and ids that come again', async () => {
    const outcome = { score: 's', prediction: 'p', label: 'y', groups: ['g'] };
    const rows = [
      { id: 1, s: 0, p: 0, g: 'a', y: 1 },
      { id: 2, s: 0.5, p: 1, g: 'b', y: 1 },
      { id: 2, s: 0.5, p: 1, g: 'b', y: 1 },
      { id: 3, s: 0.5, p: 1, g: null, y: null },
    ];
    const unlabelled = rows.map(({ id, s, p, g }) => ({ id, s, p, g }));
    const bins = await reader().learn(await put('u.jsonl', jsonl(unlabelled)), { columns: [], outcome });
    const request = { timestamp: null, windowMs: day, bins, predictionId: 'id' };
    const labelled = await reader().count(await put('l.jsonl', jsonl(rows)), request);
    expect(labelled.repeatedIds).toBe(1);
    // The score's edges are 0, 0.005, … 1; eleven and more steps of the ladder lie below.
    const [table] = labelled.windows[0]?.outcomes ?? [];
    expect(table?.group).toBe('g');
    const score = (table?.rows.find(([, , , label]) => label === -1) ?? [])[1] ?? 0;
    const zero = score - 200;
    // The commonest value has the first cell: prediction 1, group b.
    expect(table?.rows).toEqual([
      [-1, score, 0, -1, 1],
      [0, score, 0, 0, 2],
      [1, zero, 1, 0, 1],
    ]);
    const bare = await reader().count('u.jsonl', request);
    expect(bare.windows[0]?.outcomes[0]?.rows.map((row) => row[3])).toEqual([-3, -3, -3]);
  });

  it('refuses a number column that is none any more', async () => {
    const bins = await reader().learn(await put('n.jsonl', jsonl([{ x: 1 }, { x: 2 }])), named('x'));
    const text = await put('t.jsonl', jsonl([{ x: 'one' }, { x: null }]));
    await expect(reader().count(text, { timestamp: null, windowMs: day, bins })).rejects.toMatchObject({
      code: 'invalid-input',
      faults: [{ path: 'x' }],
    });
  });
});

const rowsOf = (from: number, to: number): string =>
  `SELECT TIMESTAMP '2001-01-01' + INTERVAL (i * 37) SECOND AS at, i AS id, ((i * 7919) % 100003) / 128 AS x, i % 13 AS n,
   CASE WHEN i % 50 > 0 THEN 'k' || (i % 30) END AS kind FROM range(${from}, ${to}) t(i)`;

describe('DuckDB', () => {
  it('gives the same bytes for one file, several parts, and shuffled rows', async () => {
    await parquet('whole.parquet', rowsOf(0, 9000));
    await parquet('shuffled.parquet', `SELECT * FROM (${rowsOf(0, 9000)}) ORDER BY hash(id)`);
    const bins = await duckDb.learn('whole.parquet', named('x', 'n', 'kind'));
    expect(await duckDb.learn('shuffled.parquet', named('x', 'n', 'kind'))).toEqual(bins);
    const whole = await duckDb.count('whole.parquet', daily(bins));
    expect(await duckDb.count('shuffled.parquet', daily(bins))).toEqual(whole);
    const parts = [];
    for (const [from, to] of [
      [4000, 9000],
      [0, 1000],
      [1000, 4000],
    ] as const) {
      parts.push(...(await duckDb.count(await parquet('part.parquet', rowsOf(from, to)), daily(bins))).windows);
    }
    const merged = [...Map.groupBy(parts, ({ windowStart }) => windowStart).values()].map(mergeWindowProfiles);
    const inOrder = merged.toSorted((a, b) => (a.windowStart < b.windowStart ? -1 : 1));
    expect(canonicalJson(inOrder)).toBe(canonicalJson(whole.windows));
  });

  it('counts as a plain loop does', async () => {
    const key = await parquet('loop.parquet', rowsOf(0, 5000));
    const bins = await duckDb.learn(await parquet('first.parquet', rowsOf(0, 3000)), named('x', 'n', 'kind'));
    const [window] = (await duckDb.count(key, { timestamp: null, windowMs: 1, bins })).windows;
    const { x } = bins.columns;
    if (x?.kind !== 'numeric' || !window?.columns['x']) throw new Error('x');
    expect(x.complete).toBe(false);
    const values = Array.from({ length: 5000 }, (_, i) => ((i * 7919) % 100_003) / 128);
    const { cells, counts } = window.columns['x'];
    const ladderBelow = (cells.find((cell) => cell % 2 === 1) ?? 0) - 1;
    expect(presentRows(window.columns['x'])).toBe(5000);
    // Between its first edge and its last: every cell as a search by hand counts it.
    const byHand = new Map<number, number>();
    for (const value of values) {
      const below = x.edges.filter((edge) => edge < value).length;
      const cell = x.edges.includes(value) ? 2 * below + 1 : 2 * below;
      byHand.set(cell, (byHand.get(cell) ?? 0) + 1);
    }
    const shift =
      ladderBelow - ([...byHand.keys()].filter((cell) => cell % 2 === 1).toSorted((a, b) => a - b)[0] ?? 0) + 1;
    const inside = [...byHand].filter(([cell]) => cell > 0 && cell < 2 * x.edges.length).toSorted(([a], [b]) => a - b);
    for (const [cell, rows] of inside) expect(counts[cells.indexOf(cell + shift)]).toBe(rows);
    expect(window.columns['n']).toMatchObject({ counts: Array.from({ length: 13 }, (_, i) => (i < 8 ? 385 : 384)) });
    expect(window.columns['kind']?.missing).toBe(100);
  });

  it('keeps 100 000 categories, 5 000 columns and hostile names within bounds', async () => {
    const many = await parquet('many.parquet', `SELECT 'c' || i AS c FROM range(100000) t(i)`);
    const bins = await duckDb.learn(many, named('c'));
    const { c } = bins.columns;
    if (c?.kind !== 'category') throw new Error('c');
    expect([c.values.length, c.rare.length, c.openEnded]).toEqual([1000, 10_000, true]);
    const [window] = (await duckDb.count(many, { timestamp: null, windowMs: 1, bins })).windows;
    expect(window?.columns['c']?.cells).toHaveLength(1001);
    expect(window?.columns['c']?.counts.at(-1)).toBe(99_000);

    const wide = Array.from({ length: 5000 }, (_, i) => `(i * ${i + 1}) % 997 AS "c${i} ""'; --"`).join(', ');
    const key = await parquet('wide.parquet', `SELECT ${wide} FROM range(200) t(i)`);
    const learnt = await duckDb.learn(key, { columns: null });
    expect(Object.keys(learnt.columns)).toHaveLength(5000);
    const counted = await duckDb.count(key, { timestamp: null, windowMs: 1, bins: learnt });
    const columns = Object.values(counted.windows[0]?.columns ?? {});
    expect(columns).toHaveLength(5000);
    expect(columns.every((column) => presentRows(column) === 200)).toBe(true);
  }, 120_000);

  it('says that a file is empty, cut off, or has no times', async () => {
    const bins = await duckDb.learn(await put('ok.csv', 'at,x\n2001-01-01,1\n'), named('x'));
    const whole = await parquetOf("SELECT DATE '2001-01-01' AS at, range AS x FROM range(100000)");
    for (const [key, body] of [
      ['empty.parquet', ''],
      ['cut.parquet', whole.subarray(0, whole.length / 2)],
      ['ragged.csv', 'at,x\n2001-01-01,1,2\n'],
      ['timeless.csv', 'at,x\nsoon,1\nlater,2\n'],
    ] as const) {
      await expect(duckDb.count(await put(key, body), daily(bins))).rejects.toMatchObject({
        code: 'unreadable',
        message: expect.stringContaining(key),
      });
    }
    expect((await duckDb.count(await put('none.csv', 'at,x\n'), daily(bins))).windows).toEqual([]);
  });
});
