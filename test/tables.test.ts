import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BinSet, type ColumnBins, otherCell } from '../shared/domain/bins.ts';
import { type ColumnCounts, noCounts } from '../shared/domain/counts.ts';
import { ladderOf } from '../shared/domain/ladder.ts';
import type { WindowProfile } from '../shared/domain/window-profile.ts';
import { systemClock } from '../shared/kernel/clock.ts';
import { DriftlessError } from '../shared/kernel/errors.ts';
import { systemIds } from '../shared/kernel/ids.ts';
import { memoryObjectStore } from '../shared/object-store/memory.ts';
import { duckDbTableReader } from '../shared/tables/duckdb.ts';
import type { TableReader } from '../shared/tables/port.ts';
import { binsOf } from './bins-of.ts';
import { parquetOf } from './fakes/parquet.ts';
import { fakeTableReader } from './fakes/tables.ts';

const day = 86_400_000;
const store = memoryObjectStore({ clock: systemClock, ids: systemIds });
const put = async (key: string, body: string | Uint8Array): Promise<string> => {
  await store.put(key, body);
  return key;
};
const parquet = async (key: string, select: string): Promise<string> => put(key, await parquetOf(select));
const jsonl = (rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

let tempDir = '';
let duckDb: TableReader;
const fake = fakeTableReader(store);

beforeAll(async () => {
  tempDir = await mkdtemp(join(tmpdir(), 'tables-test-'));
  duckDb = duckDbTableReader({ store, tempDir: join(tempDir, 'private') });
});
afterAll(() => rm(tempDir, { recursive: true, force: true }));

const failure = async (work: Promise<unknown>): Promise<DriftlessError> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DriftlessError)) throw new Error(`expected a DriftlessError, got ${String(error)}`);
  expect(error.message).not.toContain(tempDir);
  expect(error.message.length).toBeLessThan(700);
  return error;
};

type Columns = Record<string, ColumnBins>;
const binSet = (columns: Columns): BinSet => ({ format: 2, columns, outcome: null });
const requestOf = (columns: Columns, windowMs = day) => ({ timestamp: 'at', windowMs, bins: binSet(columns) });
const windowsOf = async (key: string, columns: Columns, windowMs = day): Promise<WindowProfile[]> =>
  (await duckDb.count(key, requestOf(columns, windowMs))).windows;
const category = (...values: string[]): ColumnBins => ({ kind: 'category', values, rare: [], openEnded: false });

/** Rows by what a cell holds: a value, or what lies above an edge. */
const rowsOf = (bins: ColumnBins, counts: ColumnCounts = noCounts()): Record<string, number> => {
  const { cells, missing, invalid } = counts;
  const named = cells.map((cell, index) => [nameOf(bins, cell), counts.counts[index] ?? 0] as const);
  return { ...Object.fromEntries(named), ...(missing ? { missing } : {}), ...(invalid ? { invalid } : {}) };
};
const nameOf = (bins: ColumnBins, cell: number): string => {
  if (bins.kind === 'category') return bins.values[cell] ?? (cell === otherCell(bins) ? 'other' : 'unseen');
  const ladder = ladderOf(bins);
  return cell % 2 === 1 ? String(ladder[(cell - 1) / 2]) : `over ${ladder[cell / 2 - 1]}`;
};
const rowsOfAll = (columns: Columns, window: WindowProfile | undefined) =>
  Object.fromEntries(Object.entries(columns).map(([name, bins]) => [name, rowsOf(bins, window?.columns[name])]));

const rows = [
  { at: '2001-01-02T00:00:00Z', x: 1, kind: 'a', ok: true },
  { at: '2001-01-02T01:30:00+02:00', x: 2.5, kind: "b'); DROP TABLE t; --", ok: false },
  { at: '2001-01-02 23:59:59.999', x: null, kind: null, ok: true },
  { at: 978_393_600_000, x: 'NaN', kind: 'never seen', ok: true },
  { at: '2001-01-01', x: 'text', kind: 'a', ok: null },
];
const rowBins: Columns = {
  x: binsOf([1, 2, 4]),
  kind: category('a', "b'); DROP TABLE t; --"),
  ok: category('true'),
};

describe.each(['duckdb', 'fake'])('%s on JSON Lines', (name) => {
  const reader = () => (name === 'duckdb' ? duckDb : fake);

  it('counts rows into UTC windows and cells', async () => {
    const key = await put('a.jsonl', jsonl(rows));
    const { windows, ...rest } = await reader().count(key, { ...requestOf(rowBins), predictionId: 'kind' });
    expect(windows.map((window) => ({ ...window, columns: rowsOfAll(rowBins, window) }))).toEqual([
      {
        windowStart: '2001-01-01T00:00:00.000Z',
        rows: 2,
        columns: {
          x: { 'over 2': 1, invalid: 1 },
          kind: { a: 1, "b'); DROP TABLE t; --": 1 },
          ok: { unseen: 1, missing: 1 },
        },
        outcomes: [],
      },
      {
        windowStart: '2001-01-02T00:00:00.000Z',
        rows: 3,
        columns: {
          x: { 1: 1, missing: 2 },
          kind: { a: 1, unseen: 1, missing: 1 },
          ok: { true: 3 },
        },
        outcomes: [],
      },
    ]);
    expect(rest).toEqual({ rows: 5, untimed: null, repeatedIds: 1 });
  });

  it('learns every value of a few, cells of equal weight of many, and the commonest values first', async () => {
    const many = Array.from({ length: 400 }, (_, i) => ({
      u: i + 1,
      constant: 0.5,
      skewed: i < 300 ? 7 : i,
      kind: i < 20 ? 'z' : `v${i % 250}`,
      stated: i % 2,
    }));
    const { columns } = await reader().learn(await put('b.jsonl', jsonl(many)), {
      columns: [
        { name: 'u' },
        { name: 'constant' },
        { name: 'skewed' },
        { name: 'kind' },
        { name: 'stated', type: 'category' },
      ],
      resolution: 50,
    });
    const { u, constant, skewed, kind, stated } = columns;
    expect([u?.kind, constant?.kind, skewed?.kind, kind?.kind]).toEqual(['numeric', 'numeric', 'numeric', 'category']);
    expect(constant).toMatchObject({ edges: [0.5] });
    expect(stated).toMatchObject({ kind: 'category', values: ['0', '1'] });
    if (u?.kind !== 'numeric' || skewed?.kind !== 'numeric' || kind?.kind !== 'category') throw new Error('kind');
    expect([u.edges[0], u.edges.at(-1)]).toEqual([1, 400]);
    const steps = u.edges.slice(1).map((edge, index) => edge - (u.edges[index] ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(400 / 50 + 1);
    expect(skewed.edges.slice(0, 2)).toEqual([7, 308]);
    expect(kind.values).toHaveLength(50);
    expect(kind.values.slice(0, 3)).toEqual(['z', 'v100', 'v101']);
    expect([kind.rare.length, kind.openEnded]).toEqual([201, false]);
  });

  it('names a missing column and the nearest that is there', async () => {
    const key = await put('c.jsonl', jsonl([{ at: '2001-01-01', distance: 1 }]));
    const error = await failure(reader().learn(key, { columns: [{ name: 'distnace' }] }));
    expect(error).toMatchObject({ code: 'invalid-input', faults: [{ path: 'distnace', suggestion: 'distance' }] });
  });

  it('says how many rows have no time and where, and refuses a file without any', async () => {
    const key = await put(
      'd.jsonl',
      jsonl([
        { at: '2001-01-01', x: 1 },
        { at: 'soon', x: 1 },
        { at: null, x: 1 },
      ]),
    );
    expect(await reader().count(key, requestOf({}))).toMatchObject({ rows: 3, untimed: { rows: 2, first: 2 } });
    const never = await put('never.jsonl', jsonl([{ at: 'soon' }]));
    const error = await failure(reader().count(never, requestOf({})));
    expect(error.code).toBe('unreadable');
    expect(error.message).toMatch(/never\.jsonl has no row with a readable time/);
  });

  it('refuses a numeric column that holds only text, but not one that is all missing', async () => {
    const x = binsOf([1]);
    const text = await put(
      'e.jsonl',
      jsonl([
        { at: '2001-01-01', x: 'one' },
        { at: '2001-01-01', x: null },
      ]),
    );
    expect(await failure(reader().count(text, requestOf({ x })))).toMatchObject({ faults: [{ path: 'x' }] });
    const nothing = await put('f.jsonl', jsonl([{ at: '2001-01-01', x: null }]));
    const { windows } = await reader().count(nothing, requestOf({ x }));
    expect(rowsOf(x, windows[0]?.columns['x'])).toEqual({ missing: 1 });
  });

  it('refuses an empty file, a cut line, and what is no object', async () => {
    for (const body of ['', '{"at":"2001-01-01"}\n{"at', '[1]\n']) {
      const error = await failure(reader().count(await put('g.jsonl', body), requestOf({})));
      expect(error.code).toBe('unreadable');
      expect(error.message).toContain('g.jsonl');
    }
  });
});

describe('formats', () => {
  const csv = 'at,x,kind\n2001-01-01,1,a\n2001-01-01,2,"b""c"\n2001-01-02,,\n';
  const tableBins: Columns = { x: binsOf([1]), kind: category('b"c') };
  const select = `SELECT * FROM (VALUES (DATE '2001-01-01', 1, 'a'), (DATE '2001-01-01', 2, 'b"c'), (DATE '2001-01-02', NULL, NULL)) t("at", x, kind)`;

  it('are told by the ending and give the same counts', async () => {
    const parquetKey = await parquet('t.parquet', select);
    const expected = await windowsOf(parquetKey, tableBins);
    expect(expected.map((window) => window.rows)).toEqual([2, 1]);
    expect(rowsOfAll(tableBins, expected[0])).toMatchObject({ kind: { 'b"c': 1, unseen: 1 } });
    for (const [key, body] of [
      ['t.csv', csv],
      ['t.csv.gz', gzipSync(csv)],
      ['t.CSV.ZST', zstdCompressSync(csv)],
      ['bom.csv', `\ufeff${csv.replaceAll('\n', '\r\n')}`],
    ] as const) {
      expect({ key, profile: await windowsOf(await put(key, body), tableBins) }).toEqual({ key, profile: expected });
    }
  });

  it('of timestamps give the same window', async () => {
    const moment = `TIMESTAMP '2001-01-02 03:04:05'`;
    for (const sql of [
      moment,
      `${moment}::TIMESTAMP_NS`,
      `TIMESTAMPTZ '2001-01-02 03:04:05+00'`,
      `epoch_ms(${moment})`,
      `epoch_ms(${moment})::DOUBLE`,
      `'2001-01-02T05:04:05+02:00'`,
    ]) {
      const [window] = await windowsOf(await parquet('time.parquet', `SELECT ${sql} AS at`), {}, 3_600_000);
      expect({ sql, ...window }).toMatchObject({ sql, windowStart: '2001-01-02T03:00:00.000Z', rows: 1 });
    }
    const [before] = await windowsOf(await put('old.csv', 'at\n-1\n'), {});
    expect(before?.windowStart).toBe('1969-12-31T00:00:00.000Z');
  });

  it('refuse what they cannot read, naming the file', async () => {
    const whole = await parquetOf(`SELECT range AS at FROM range(100000)`);
    const cases: [string, string | Uint8Array, RegExp][] = [
      ['garbage.parquet', 'garbage garbage', /garbage\.parquet/],
      ['cut.parquet', whole.subarray(0, whole.length / 2), /cut\.parquet/],
      ['ragged.csv', 'at,x\n2001-01-01,1\n2001-01-01,secret,3\n', /Line: 3/],
      ['header.csv', 'at,at\n1,2\n', /"at" twice/],
      ['latin1.csv', Buffer.from([...Buffer.from('at\n'), 0xe9, 0x0a]), /latin1\.csv/],
      ['cut.csv.gz', gzipSync(csv.repeat(9)).subarray(0, 40), /cut off/],
      ['plain.csv.zst', csv, /not compressed/],
      ['empty.csv', '', /empty/],
      ['empty.parquet', '', /empty/],
      ['data.xlsx', 'x', /\.parquet, \.csv, /],
    ];
    for (const [key, body, message] of cases) {
      const error = await failure(windowsOf(await put(key, body), {}));
      expect({ key, code: error.code }).toEqual({ key, code: 'unreadable' });
      expect(error.message).toMatch(message);
      expect(error.message).not.toContain('secret');
    }
    expect(await failure(windowsOf('absent.csv', {}))).toMatchObject({ code: 'not-found' });
    expect(await readdir(join(tempDir, 'private'))).toEqual([]);
  });

  it('survive hostile names and values', async () => {
    const name = `x"; DROP TABLE t; --'`;
    const values = [`'); SELECT 1; --`, 'nul\0inside', '"', '🛫'];
    const key = await put('hostile.jsonl', jsonl(values.map((value) => ({ at: 0, [name]: value }))));
    const quoted = name.replaceAll('"', '""');
    await parquet('hostile.parquet', `SELECT 0 AS at, 1 AS "${quoted}"`);
    await put('hostile.csv', `at,"${quoted}"\n0,1\n`);
    const { columns } = await duckDb.learn(key, { columns: [{ name }] });
    const [window] = await windowsOf(key, columns);
    expect(rowsOfAll(columns, window)).toEqual({ [name]: Object.fromEntries(values.map((value) => [value, 1])) });
    for (const other of ['hostile.parquet', 'hostile.csv']) {
      const numeric = { [name]: binsOf([0, 1]) };
      expect(rowsOfAll(numeric, (await windowsOf(other, numeric))[0])).toEqual({ [name]: { 1: 1 } });
    }
  });
});
