import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../shared/kernel/clock.ts';
import { systemIds } from '../shared/kernel/ids.ts';
import { openObjectStore } from '../shared/object-store/open.ts';
import type { ObjectStore } from '../shared/object-store/port.ts';

const ports = { clock: systemClock, ids: systemIds };

let root: string;
let url: string;
let store: ObjectStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'driftless-processes-'));
  url = pathToFileURL(root).href;
  store = await openObjectStore(url, ports);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const start = (script: string, ...parameters: string[]): ChildProcess =>
  spawn(process.execPath, [join(import.meta.dirname, 'object-store-processes', script), url, ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

const exitCode = async (child: ChildProcess): Promise<unknown> => (await once(child, 'exit'))[0];

const expectWhole = (body: Uint8Array): void => {
  const digest = createHash('sha256').update(body.subarray(32)).digest('hex');
  expect(Buffer.from(body.subarray(0, 32)).toString('hex')).toBe(digest);
};

describe('the filesystem store between processes', () => {
  it('loses none of 1600 increments by 8 processes', async () => {
    const children = Array.from({ length: 8 }, () => start('increment.ts', 'counter', '200'));
    expect(await Promise.all(children.map(exitCode))).toEqual(Array.from({ length: 8 }, () => 0));
    const counter = await store.get('counter');
    expect(Buffer.from(counter?.body ?? []).toString()).toBe('1600');
  });

  it.each([0, 3, 11, 26, 47])(
    'shows only whole objects after a writer is killed, %i ms into its work',
    async (delay) => {
      const child = start('write-endlessly.ts', 'objects');
      const exit = exitCode(child);
      if (child.stdout) await once(child.stdout, 'data');
      const deadline = performance.now() + delay;
      let seen = 0;
      do {
        // A reader beside the writer sees whole objects as well.
        const found = await store.get(`objects/${seen++ % 12}`);
        if (found) expectWhole(found.body);
      } while (performance.now() < deadline);
      child.kill('SIGKILL');
      await exit;

      const { items } = await store.list('objects/');
      expect(items.length).toBeGreaterThan(0);
      for (const item of items) {
        const found = await store.get(item.key);
        expect(found?.version).toBe(item.version);
        expectWhole(found?.body ?? new Uint8Array());
      }
    },
  );

  it('holds up no later writer when one was killed', async () => {
    const child = start('write-endlessly.ts', 'objects');
    const exit = exitCode(child);
    if (child.stdout) await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await exit;

    for (let index = 0; index < 12; index++) {
      const key = `objects/${index}`;
      const found = await store.head(key);
      await store.put(key, 'taken over', found ? { ifVersion: found.version } : { ifAbsent: true });
      await store.delete(key);
      await store.put(key, 'created anew', { ifAbsent: true });
      expect(Buffer.from((await store.get(key))?.body ?? []).toString()).toBe('created anew');
    }
  });
});
