import { expect, it } from 'vitest';
import type { Check } from '../shared/domain/drift.ts';
import { memoryDeployment } from './e2e/memory-deployment.ts';

const manifest = {
  apiVersion: 'driftless.dev/v1',
  model: 'shop',
  task: 'none',
  data: { timestamp: 'at', predictionId: 'id', features: ['x'] },
  monitor: { falseAlarmsPer100: 20 },
};

/** A day of ten orders; on an odd day everything costs more. */
const day = (n: number, isOdd = false): string =>
  Array.from({ length: 10 }, (_, i) => ({
    at: `2026-01-${String(n).padStart(2, '0')}T0${i}:00:00.000Z`,
    id: `${n}-${i}`,
    x: ((i + n) % 10) + (isOdd ? 100 : 0),
  }))
    .map((row) => JSON.stringify(row))
    .join('\n');

it('a model that is promoted before any data is watched as soon as its history can speak', async () => {
  const { store, settle, call, ports } = memoryDeployment();
  const drop = async (key: string, body: string): Promise<void> => {
    const { version } = await store.put(key, body);
    const data = { store: store.url, key, size: body.length, version };
    await ports.bus.publish([{ name: 'object.created', subject: key, data }]);
    await settle();
    await settle();
  };
  await call('PUT', '/v1/models/shop', manifest);
  await store.put('uploads/model.bin', 'weights');
  await call('POST', '/v1/models/shop/versions', { location: 'uploads/model.bin' });
  await call('PUT', '/v1/models/shop/aliases/champion', { version: 1 });
  await settle();

  for (let n = 1; n <= 7; n += 1) await drop(`inbox/data/shop/${n}.jsonl`, day(n));
  await drop('inbox/data/shop/8.jsonl', day(8, true));

  const { json } = await call('GET', '/v1/models/shop/checks');
  const checks = json['items'] as Check[];
  expect(checks.toReversed().map(({ window, verdict }) => [window.start.slice(0, 10), verdict])).toEqual([
    ['2026-01-02', 'not-enough-data'],
    ['2026-01-03', 'not-enough-data'],
    ['2026-01-04', 'not-enough-data'],
    ['2026-01-05', 'no-drift'],
    ['2026-01-06', 'no-drift'],
    ['2026-01-07', 'no-drift'],
    ['2026-01-08', 'drift'],
  ]);
});
