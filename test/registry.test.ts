import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { DriftlessError } from '../shared/kernel/errors.ts';
import type { ObjectStore } from '../shared/object-store/port.ts';
import { championOf, moveAlias, readAlias, refuseVersion, rollbackAlias } from '../shared/registry/aliases.ts';
import { findVersion, registerArtifact } from '../shared/registry/register.ts';
import { type MemoryDeployment, memoryDeployment } from './e2e/memory-deployment.ts';

let deployment: MemoryDeployment;
beforeEach(() => {
  deployment = memoryDeployment();
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const register = (location: string, model = 'flights') =>
  registerArtifact(deployment.ports, { model, location, lineage: { data: [] } });
const drop = async (key: string, text: string): Promise<void> => {
  const { version } = await deployment.store.put(key, text);
  await announce(key, version, text.length);
};
const announce = (key: string, version: string, size: number) =>
  deployment.ports.bus.publish(
    [{ name: 'object.created', subject: key, data: { store: 'mem:', key, size, version } }],
    deployment.ports.ids.next(),
  );
const versionsOf = async (model: string): Promise<{ version: number; digest: string; location: string }[]> =>
  (await deployment.call('GET', `/v1/models/${model}/versions`)).json['items'] as {
    version: number;
    digest: string;
    location: string;
  }[];
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof DriftlessError ? error.code : String(error)),
  );
/** Every order of a list. */
const orders = <Item>(items: Item[]): Item[][] =>
  items.length < 2 ? [items] : items.flatMap((item, i) => orders(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));

describe('one artifact is one version', () => {
  it('under several names, and however often it is delivered', async () => {
    for (const name of ['a.bin', 'b.bin', 'c.txt']) await drop(`inbox/models/flights/${name}`, 'same bytes');
    for (let i = 0; i < 5; i += 1) await announce('inbox/models/flights/a.bin', `again ${i}`, 10);
    await deployment.settle();
    expect(await versionsOf('flights')).toMatchObject([{ version: 1, digest: sha256('same bytes') }]);
  });

  it('for those who register it at the same moment', async () => {
    for (let i = 0; i < 8; i += 1) await deployment.store.put(`artifacts/flights/copy-${i}`, 'same bytes');
    const made = await Promise.all(Array.from({ length: 16 }, (_, i) => register(`artifacts/flights/copy-${i % 8}`)));
    expect(new Set(made.map(({ version }) => version))).toEqual(new Set([1]));
  });

  it('of each of its models', async () => {
    await drop('inbox/models/flights/a.bin', 'same bytes');
    await drop('inbox/models/trains/a.bin', 'same bytes');
    await deployment.settle();
    expect(await versionsOf('flights')).toMatchObject([{ version: 1 }]);
    expect(await versionsOf('trains')).toMatchObject([{ version: 1 }]);
  });

  it('and 16 artifacts at once have 16 numbers', async () => {
    const contents = Array.from({ length: 16 }, (_, i) => `content ${i}`);
    for (const content of contents) await deployment.store.put(`artifacts/flights/${content}`, content);
    const made = await Promise.all(contents.map((content) => register(`artifacts/flights/${content}`)));
    expect(new Set(made.map(({ version }) => version)).size).toBe(16);
    expect(made.map(({ digest }) => digest)).toEqual(contents.map(sha256));
    const kept = await Promise.all(made.map(({ version }) => findVersion(deployment.store, 'flights', version)));
    expect(kept).toEqual(made);
  });
});

describe('a folder', () => {
  const parts = ['model.bin', 'nested/vocabulary.txt', '_SUCCESS'];

  it('is one version in whatever order its deliveries come', async () => {
    for (const [i, order] of orders(parts).entries()) {
      for (const part of order) await drop(`inbox/models/flights/run-${i}/${part}`, part === '_SUCCESS' ? '' : part);
      await deployment.settle();
    }
    const [version, ...others] = await versionsOf('flights');
    expect(others).toEqual([]);
    expect(await findVersion(deployment.store, 'flights', 1)).toMatchObject({
      files: [
        { path: 'model.bin', size: 9, digest: sha256('model.bin') },
        { path: 'nested/vocabulary.txt', digest: sha256('nested/vocabulary.txt') },
      ],
    });
    expect(version?.location).toMatch(/^artifacts\/flights\/[0-9a-f]{64}\/$/);
  });

  it('is nothing before it is closed', async () => {
    await drop('inbox/models/flights/run/model.bin', 'x');
    await deployment.settle();
    expect((await deployment.call('GET', '/v1/models')).json['items']).toEqual([]);
  });

  it('differs from one whose files have other names', async () => {
    for (const name of ['one', 'two']) {
      await drop(`inbox/models/flights/${name}/${name}.bin`, 'same bytes');
      await drop(`inbox/models/flights/${name}/extra`, 'x');
      await drop(`inbox/models/flights/${name}/_SUCCESS`, '');
    }
    await deployment.settle();
    expect(await versionsOf('flights')).toHaveLength(2);
  });

  it('that holds nothing is told as such', async () => {
    await drop('inbox/models/flights/empty/_SUCCESS', '');
    await deployment.settle();
    const { json } = await deployment.call('GET', '/v1/dead-letters');
    expect(json['items']).toMatchObject([{ function: 'register-artifact', problem: { code: 'not-found' } }]);
  });
});

describe('bytes', () => {
  it('that change while they are read are incomplete, and no version', async () => {
    let writes = 0;
    const restless = (store: ObjectStore): ObjectStore => ({
      ...store,
      stream: async (key, options) => {
        const found = await store.stream(key, options);
        if (key.startsWith('inbox/')) await store.put(key, `written meanwhile ${(writes += 1)}`);
        return found;
      },
    });
    deployment = memoryDeployment(restless);
    await deployment.store.put('inbox/models/flights/a.bin', 'first');
    expect(await codeOf(register('inbox/models/flights/a.bin'))).toBe('incomplete');
    expect(await codeOf(findVersion(deployment.store, 'flights', 1))).toBe('not-found');
  });

  it('that change between hashing and keeping are incomplete, and nothing wrong is kept', async () => {
    let reads = 0;
    deployment = memoryDeployment((store) => ({
      ...store,
      stream: async (key, options) => {
        if (key.startsWith('inbox/') && (reads += 1) === 2) await store.put(key, 'second');
        return store.stream(key, options);
      },
    }));
    await deployment.store.put('inbox/models/flights/a.bin', 'first');
    expect(await codeOf(register('inbox/models/flights/a.bin'))).toBe('incomplete');
    const kept = await deployment.store.list('artifacts/');
    expect(kept.items).toEqual([]);
    expect(await register('inbox/models/flights/a.bin')).toMatchObject({ version: 1, digest: sha256('second') });
  });

  it('of a version stay when its file in the inbox is written over', async () => {
    await drop('inbox/models/flights/model.bin', 'first');
    await deployment.settle();
    await drop('inbox/models/flights/model.bin', 'second');
    await deployment.settle();
    const versions = await versionsOf('flights');
    expect(versions.map(({ digest }) => digest)).toEqual([sha256('second'), sha256('first')]);
    for (const { location, digest } of versions) {
      const object = await deployment.store.get(location);
      expect(sha256(Buffer.from(object?.body ?? []).toString())).toBe(digest);
    }
  });

  it('pass through in bounded memory, 300 MB of them', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 7);
    const chunks = 300;
    let kept = 0;
    deployment = memoryDeployment((store) => ({
      ...store,
      head: async (key) =>
        key === 'inbox/models/flights/big.bin'
          ? { key, size: chunks * chunk.length, version: 'v', modifiedAt: '2026-01-01T00:00:00.000Z' }
          : store.head(key),
      stream: async (key, options) => {
        const info = await deployment.store.head(key);
        if (key !== 'inbox/models/flights/big.bin' || !info) return store.stream(key, options);
        return { ...info, body: repeat(chunk, chunks) };
      },
      put: async (key, body, options) => {
        if (!key.startsWith('artifacts/') || typeof body === 'string' || body instanceof Uint8Array)
          return store.put(key, body, options);
        for await (const piece of body) kept += piece.length;
        return { version: 'kept' };
      },
    }));
    const before = process.memoryUsage();
    const version = await register('inbox/models/flights/big.bin');
    const after = process.memoryUsage();
    expect(version.size).toBe(chunks * chunk.length);
    expect(kept).toBe(version.size);
    const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    expect(grown).toBeLessThan(128 * 1024 * 1024);
  });
});

async function* repeat(chunk: Uint8Array, times: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < times; i += 1) yield Uint8Array.from(chunk);
}

const move = (version: number, cause: string, from?: number | null) =>
  moveAlias(deployment.ports, {
    model: 'flights',
    alias: 'champion',
    version,
    reason: `because ${cause}`,
    cause,
    from,
  });
const back = (cause: string) =>
  rollbackAlias(deployment.ports, { model: 'flights', alias: 'champion', reason: 'worse', cause });

describe('the champion', () => {
  beforeEach(async () => {
    for (const content of ['one', 'two', 'three']) {
      await deployment.store.put(`artifacts/flights/${content}`, content);
      await register(`artifacts/flights/${content}`);
    }
  });

  it('moves with its history, newest first', async () => {
    for (const version of [1, 2, 3]) await move(version, `move ${version}`);
    expect(await readAlias(deployment.store, 'flights', 'champion')).toMatchObject({
      version: 3,
      cause: 'move 3',
      history: [
        { version: 2, reason: 'because move 2' },
        { version: 1, cause: 'move 1' },
      ],
    });
  });

  it('moves once for one cause, even when it has moved on since', async () => {
    await move(1, 'first');
    await move(2, 'second');
    expect(await move(1, 'first')).toMatchObject({ version: 2 });
    expect(await codeOf(move(3, 'third', 1))).toBe('conflict');
    expect(await championOf(deployment.store, 'flights')).toBe(2);
  });

  it('has one winner among movers who believe the same', async () => {
    await move(1, 'first');
    const codes = await Promise.all([2, 3].map((version) => codeOf(move(version, `race ${version}`, 1))));
    expect(codes.toSorted()).toEqual(['conflict', 'none']);
  });

  it('never is a version that does not exist', async () => {
    expect(await codeOf(move(9, 'wish'))).toBe('not-found');
    expect(await championOf(deployment.store, 'flights')).toBe(null);
  });

  it('never is a version that the gate refused, by move or rollback', async () => {
    await move(1, 'first');
    await move(2, 'second');
    await move(3, 'third');
    await refuseVersion(deployment.ports, 'flights', 2);
    await refuseVersion(deployment.ports, 'flights', 3);
    expect(await codeOf(move(2, 'again'))).toBe('refused');
    expect(await back('bad day')).toMatchObject({ version: 1, refused: [2] });
  });

  it('goes back once for one cause', async () => {
    for (const version of [1, 2, 3]) await move(version, `move ${version}`);
    expect(await back('incident 1')).toMatchObject({ version: 2 });
    expect(await back('incident 1')).toMatchObject({ version: 2 });
    expect(await back('incident 2')).toMatchObject({ version: 1 });
  });

  it('has nothing to go back to at first', async () => {
    expect(await codeOf(back('too early'))).toBe('not-found');
    await move(1, 'first');
    expect(await codeOf(back('too early'))).toBe('not-found');
    expect(await championOf(deployment.store, 'flights')).toBe(1);
  });
});
