import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ColumnBins, WindowProfile } from '../shared/domain/profile.ts';
import { systemClock } from '../shared/kernel/clock.ts';
import { DriftlessError } from '../shared/kernel/errors.ts';
import { systemIds } from '../shared/kernel/ids.ts';
import { memoryObjectStore } from '../shared/object-store/memory.ts';
import { duckDbTableReader } from '../shared/tables/duckdb.ts';
import type { TableReader } from '../shared/tables/port.ts';
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

const profileOf = (key: string, columns: Record<string, ColumnBins>, windowMs = day): Promise<WindowProfile[]> =>
  duckDb.profile(key, { timestamp: 'at', windowMs, bins: { columns } });

const rows = [
  { at: '2001-01-02T00:00:00Z', x: 1, kind: 'a', ok: true },
  { at: '2001-01-02T01:30:00+02:00', x: 2.5, kind: "b'); DROP TABLE t; --", ok: false },
  { at: '2001-01-02 23:59:59.999', x: null, kind: null, ok: true },
  { at: 978_393_600_000, x: 'NaN', kind: 'never seen', ok: true },
  { at: '2001-01-01', x: 'text', kind: 'a', ok: null },
];
const rowBins: Record<string, ColumnBins> = {
  x: { kind: 'numeric', edges: [1, 2] },
  kind: { kind: 'category', values: ['a', "b'); DROP TABLE t; --"] },
  ok: { kind: 'category', values: ['true'] },
};

describe.each(['duckdb', 'fake'])('%s on JSON Lines', (name) => {
  const reader = () => (name === 'duckdb' ? duckDb : fake);

  it('counts rows into UTC windows and cells', async () => {
    const key = await put('a.jsonl', jsonl(rows));
    const profile = await reader().profile(key, { timestamp: 'at', windowMs: day, bins: { columns: rowBins } });
    expect(profile).toEqual([
      {
        windowStart: '2001-01-01T00:00:00.000Z',
        rows: 2,
        columns: {
          x: { cells: [0, 0, 1], missing: 1 },
          kind: { cells: [1, 1, 0], missing: 0 },
          ok: { cells: [0, 1], missing: 1 },
        },
      },
      {
        windowStart: '2001-01-02T00:00:00.000Z',
        rows: 3,
        columns: {
          x: { cells: [1, 0, 0], missing: 2 },
          kind: { cells: [1, 0, 1], missing: 1 },
          ok: { cells: [3, 0], missing: 0 },
        },
      },
    ]);
  });

  it('learns cells that tell a constant from anything else, and the commonest values first', async () => {
    const many = Array.from({ length: 400 }, (_, i) => ({
      u: i + 1,
      constant: 0.5,
      skewed: i < 300 ? 7 : i,
      kind: i < 20 ? 'z' : `v${i % 250}`,
    }));
    const { columns } = await reader().learnBins(await put('b.jsonl', jsonl(many)), [
      'u',
      'constant',
      'skewed',
      'kind',
    ]);
    const step = Array.from({ length: 19 }, (_, i) => (i + 1) * 20);
    expect(columns['u']).toEqual({ kind: 'numeric', edges: step });
    const { constant, skewed, kind } = columns;
    if (constant?.kind !== 'numeric' || skewed?.kind !== 'numeric' || kind?.kind !== 'category')
      throw new Error('kind');
    expect(constant.edges).toHaveLength(2);
    expect(constant.edges[0]).toBeLessThan(0.5);
    expect(constant.edges[0]).toBeGreaterThan(0.499_999);
    expect(constant.edges[1]).toBe(0.5);
    expect(skewed.edges).toEqual([6, 7, 319, 339, 359, 379]);
    expect(kind.values).toHaveLength(200);
    expect(kind.values.slice(0, 3)).toEqual(['z', 'v100', 'v101']);
  });

  it('names a missing column and the nearest that is there', async () => {
    const key = await put('c.jsonl', jsonl([{ at: '2001-01-01', distance: 1 }]));
    const error = await failure(reader().learnBins(key, ['distnace']));
    expect(error).toMatchObject({ code: 'invalid-input', faults: [{ path: 'distnace', suggestion: 'distance' }] });
  });

  it('refuses rows without a time, saying how many and where', async () => {
    const key = await put(
      'd.jsonl',
      jsonl([
        { at: '2001-01-01', x: 1 },
        { at: 'soon', x: 1 },
        { at: null, x: 1 },
      ]),
    );
    const error = await failure(reader().profile(key, { timestamp: 'at', windowMs: day, bins: { columns: {} } }));
    expect(error.code).toBe('unreadable');
    expect(error.message).toMatch(/d\.jsonl has 2 rows .* first is row 2/);
  });

  it('refuses a numeric column that holds only text, but not one that is all missing', async () => {
    const columns: Record<string, ColumnBins> = { x: { kind: 'numeric', edges: [1] } };
    const request = { timestamp: 'at', windowMs: day, bins: { columns } };
    const text = await put(
      'e.jsonl',
      jsonl([
        { at: '2001-01-01', x: 'one' },
        { at: '2001-01-01', x: null },
      ]),
    );
    expect(await failure(reader().profile(text, request))).toMatchObject({ faults: [{ path: 'x' }] });
    const nothing = await put('f.jsonl', jsonl([{ at: '2001-01-01', x: null }]));
    expect((await reader().profile(nothing, request))[0]?.columns['x']).toEqual({ cells: [0, 0], missing: 1 });
  });

  it('refuses an empty file, a cut line, and what is no object', async () => {
    for (const body of ['', '{"at":"2001-01-01"}\n{"at', '[1]\n']) {
      const error = await failure(
        reader().profile(await put('g.jsonl', body), { timestamp: 'at', windowMs: day, bins: { columns: {} } }),
      );
      expect(error.code).toBe('unreadable');
      expect(error.message).toContain('g.jsonl');
    }
  });
});

describe('formats', () => {
  const csv = 'at,x,kind\n2001-01-01,1,a\n2001-01-01,2,"b""c"\n2001-01-02,,\n';
  const tableBins: Record<string, ColumnBins> = {
    x: { kind: 'numeric', edges: [1] },
    kind: { kind: 'category', values: ['b"c'] },
  };
  const select = `SELECT * FROM (VALUES (DATE '2001-01-01', 1, 'a'), (DATE '2001-01-01', 2, 'b"c'), (DATE '2001-01-02', NULL, NULL)) t("at", x, kind)`;

  it('are told by the ending and give the same counts', async () => {
    const parquetKey = await parquet('t.parquet', select);
    const expected = await profileOf(parquetKey, tableBins);
    expect(expected.map((window) => window.rows)).toEqual([2, 1]);
    expect(expected[0]?.columns['kind']).toEqual({ cells: [1, 1], missing: 0 });
    for (const [key, body] of [
      ['t.csv', csv],
      ['t.csv.gz', gzipSync(csv)],
      ['t.CSV.ZST', zstdCompressSync(csv)],
      ['bom.csv', `\ufeff${csv.replaceAll('\n', '\r\n')}`],
    ] as const) {
      expect({ key, profile: await profileOf(await put(key, body), tableBins) }).toEqual({ key, profile: expected });
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
      const [window] = await profileOf(await parquet('time.parquet', `SELECT ${sql} AS at`), {}, 3_600_000);
      expect({ sql, ...window }).toEqual({ sql, windowStart: '2001-01-02T03:00:00.000Z', rows: 1, columns: {} });
    }
    const [before] = await profileOf(await put('old.csv', 'at\n-1\n'), {});
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
      const error = await failure(profileOf(await put(key, body), {}));
      expect({ key, code: error.code }).toEqual({ key, code: 'unreadable' });
      expect(error.message).toMatch(message);
      expect(error.message).not.toContain('secret');
    }
    expect(await failure(profileOf('absent.csv', {}))).toMatchObject({ code: 'not-found' });
    expect(await readdir(join(tempDir, 'private'))).toEqual([]);
  });

  it('survive hostile names and values', async () => {
    const name = `x"; DROP TABLE t; --'`;
    const values = [`'); SELECT 1; --`, 'nul\0inside', '"', '🛫'];
    const key = await put('hostile.jsonl', jsonl(values.map((value) => ({ at: 0, [name]: value }))));
    const quoted = name.replaceAll('"', '""');
    await parquet('hostile.parquet', `SELECT 0 AS at, 1 AS "${quoted}"`);
    await put('hostile.csv', `at,"${quoted}"\n0,1\n`);
    const { columns } = await duckDb.learnBins(key, [name]);
    expect(columns[name]).toMatchObject({ kind: 'category' });
    expect((await profileOf(key, columns))[0]?.columns[name]).toEqual({ cells: [1, 1, 1, 1, 0], missing: 0 });
    for (const other of ['hostile.parquet', 'hostile.csv']) {
      const numeric: Record<string, ColumnBins> = { [name]: { kind: 'numeric', edges: [0, 1] } };
      expect((await profileOf(other, numeric))[0]?.columns[name]).toEqual({ cells: [0, 1, 0], missing: 0 });
    }
  });
});
