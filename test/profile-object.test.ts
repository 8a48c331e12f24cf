import { beforeEach, describe, expect, it } from 'vitest';
import { BinSet } from '../shared/domain/bins.ts';
import * as keys from '../shared/domain/keys.ts';
import { Manifest } from '../shared/domain/model.ts';
import { digestOf, systemIds } from '../shared/kernel/ids.ts';
import { readWindow } from '../shared/monitoring/baseline.ts';
import { profileObject } from '../shared/monitoring/profile-object.ts';
import { memoryObjectStore } from '../shared/object-store/memory.ts';
import { readRecord } from '../shared/object-store/records.ts';
import { fakeTableReader } from './fakes/tables.ts';

const manifest = Manifest.parse({
  apiVersion: 'driftless.dev/v1',
  model: 'shop',
  task: 'binary',
  data: { timestamp: 'at', predictionId: 'id', features: ['x', { name: 'code', type: 'category' }], score: 'score' },
});
const key = 'inbox/data/shop/a.jsonl';
const first = '2026-01-01T00:00:00.000Z';
const second = '2026-01-02T00:00:00.000Z';
const rowAt = (at: string, more: object = {}): object => ({ at, x: 1, code: 7, ...more });
const jsonl = (...rows: object[]): string => rows.map((row) => JSON.stringify(row)).join('\n');

const open = () => {
  // Every write is of one moment, as where a store tells whole seconds.
  const clock = { now: () => Date.parse('2026-02-01T00:00:00.000Z') };
  const store = memoryObjectStore({ clock, ids: systemIds });
  const tables = fakeTableReader(store);
  const reads: string[] = [];
  const count: typeof tables.count = (file, request) => {
    reads.push(file);
    return tables.count(file, request);
  };
  return { store, ids: systemIds, clock, tables: { ...tables, count }, reads };
};
let ports: ReturnType<typeof open>;
beforeEach(() => {
  ports = open();
});

const rowsIn = async (start: string): Promise<number | undefined> => {
  const bins = await readRecord(ports.store, keys.bins('shop'), BinSet);
  return (await readWindow(ports.store, 'shop', start, digestOf(bins?.value)))?.rows;
};

describe('a file of inference data', () => {
  it('is read once, and not again when a restart tells of it again', async () => {
    await ports.store.put(key, jsonl(rowAt(first), rowAt(second), rowAt(second)));
    const windows = await profileObject(ports, manifest, key);
    expect(windows).toEqual([
      { start: first, rows: 1 },
      { start: second, rows: 2 },
    ]);
    expect(await profileObject(ports, manifest, key)).toEqual(windows);
    expect(ports.reads).toEqual([key]);
  });

  it('that is written over is read again, and leaves nothing where it no longer has rows', async () => {
    await ports.store.put(key, jsonl(rowAt(first), rowAt(second)));
    await profileObject(ports, manifest, key);
    await ports.store.put(key, jsonl(rowAt(second)));
    expect(await profileObject(ports, manifest, key)).toEqual([{ start: second, rows: 1 }]);
    expect(ports.reads).toHaveLength(2);
    expect([await rowsIn(first), await rowsIn(second)]).toEqual([0, 1]);
  });

  it('is read again when another generation of the same moment wrote its counts', async () => {
    await ports.store.put(key, jsonl(rowAt(first)));
    await profileObject(ports, manifest, key);
    const part = keys.windowProfile('shop', first, key);
    const { body } = (await ports.store.get(part)) ?? {};
    await ports.store.put(
      part,
      Buffer.from(body ?? [])
        .toString()
        .replace(/"version":"[^"]*"/, '"version":"other"'),
    );
    await profileObject(ports, manifest, key);
    expect(ports.reads).toHaveLength(2);
  });

  it('is counted by the types that the manifest states', async () => {
    await ports.store.put(key, jsonl(rowAt(first)));
    await profileObject(ports, manifest, key);
    const bins = (await readRecord(ports.store, keys.bins('shop'), BinSet))?.value;
    expect(Object.entries(bins?.columns ?? {}).map(([name, { kind }]) => [name, kind])).toEqual([
      ['x', 'numeric'],
      ['code', 'category'],
    ]);
  });

  it('is refused when rows have no time, or a feature has no value', async () => {
    await ports.store.put(key, jsonl(rowAt(first), rowAt('soon'), rowAt('never')));
    await expect(profileObject(ports, manifest, key)).rejects.toMatchObject({
      code: 'unreadable',
      message: expect.stringMatching(/a\.jsonl has 2 rows without a readable time in "at", the first is row 2/),
    });
    ports = open();
    await ports.store.put(key, jsonl(rowAt(first, { code: null })));
    await expect(profileObject(ports, manifest, key)).rejects.toMatchObject({
      code: 'invalid-input',
      faults: [{ path: 'code' }],
    });
    expect(await readRecord(ports.store, keys.bins('shop'), BinSet)).toBeNull();
  });
});
