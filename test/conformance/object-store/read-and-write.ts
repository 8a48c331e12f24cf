import assert from 'node:assert/strict';
import type { Case } from './case.ts';
import { expectError, textAt } from './expect.ts';

const allBytes = Uint8Array.from({ length: 1024 }, (_value, index) => index % 256);
/** Larger than any driver's chunk, and no multiple of one. */
const manyBytes = Uint8Array.from({ length: 3_000_001 }, (_value, index) => (index * 31 + (index >>> 8)) % 256);

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.slice(start, start + size);
}

const gather = async (body: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
};

const sameBytes = (actual: Uint8Array | undefined, expected: Uint8Array): void =>
  assert.ok(actual && Buffer.compare(actual, expected) === 0, `${actual?.length} bytes differ from ${expected.length}`);

/** Yields once, then aborts, and answers again only after a store that does not notice had its chance. */
async function* stuckSource(controller: AbortController, reason: Error): AsyncGenerator<Uint8Array> {
  yield allBytes;
  setImmediate(() => controller.abort(reason));
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, 2_000);
  controller.signal.addEventListener('abort', () => timer.unref());
  await promise;
  throw new Error('the store went on waiting for its source');
}

export const readAndWriteCases: Case[] = [
  {
    name: 'an absent key reads as null',
    run: async ({ store, unique }) => {
      const key = `${unique()}/absent`;
      assert.equal(await store.get(key), null);
      assert.equal(await store.head(key), null);
      assert.equal(await store.stream(key), null);
    },
  },
  {
    name: 'what was put is read back byte for byte, by every handle',
    run: async ({ store, reopen, unique }) => {
      const key = `${unique()}/bytes`;
      const { version } = await store.put(key, allBytes);
      for (const handle of [store, await reopen()]) {
        const found = await handle.get(key);
        sameBytes(found?.body, allBytes);
        assert.equal(found?.version, version);
        assert.equal(found.size, allBytes.length);
        assert.equal(found.key, key);
      }
    },
  },
  {
    name: 'text is stored as UTF-8',
    run: async ({ store, unique }) => {
      const key = `${unique()}/text`;
      await store.put(key, 'Größe 😀');
      assert.equal(await textAt(store, key), 'Größe 😀');
      assert.equal((await store.head(key))?.size, 12);
    },
  },
  {
    name: 'an empty body is an object',
    run: async ({ store, unique }) => {
      const key = `${unique()}/empty`;
      await store.put(key, '');
      assert.equal((await store.get(key))?.body.length, 0);
      assert.equal((await store.head(key))?.size, 0);
      const streamed = await store.stream(key);
      assert.ok(streamed);
      sameBytes(await gather(streamed.body), new Uint8Array());
    },
  },
  {
    name: 'changing a written array later changes nothing stored',
    run: async ({ store, unique }) => {
      const key = `${unique()}/written`;
      const body = Uint8Array.of(1, 2, 3);
      await store.put(key, body);
      body.fill(9);
      sameBytes((await store.get(key))?.body, Uint8Array.of(1, 2, 3));
    },
  },
  {
    name: 'changing a read array changes nothing stored',
    run: async ({ store, unique }) => {
      const key = `${unique()}/read`;
      await store.put(key, Uint8Array.of(1, 2, 3));
      (await store.get(key))?.body.fill(9);
      sameBytes((await store.get(key))?.body, Uint8Array.of(1, 2, 3));
    },
  },
  {
    name: 'head tells what get tells',
    run: async ({ store, unique }) => {
      const key = `${unique()}/head`;
      await store.put(key, 'abc');
      const found = await store.get(key);
      assert.ok(found);
      const { body, ...info } = found;
      assert.deepEqual(await store.head(key), info);
      assert.equal(body.length, info.size);
      assert.match(info.modifiedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    },
  },
  {
    name: 'without a condition the last writer wins',
    run: async ({ store, unique }) => {
      const key = `${unique()}/last`;
      await store.put(key, 'first');
      await store.put(key, 'second');
      assert.equal(await textAt(store, key), 'second');
    },
  },
  {
    name: 'a range gives its bytes, clipped at the end and empty beyond it',
    run: async ({ store, unique }) => {
      const key = `${unique()}/range`;
      await store.put(key, '0123456789');
      const read = async (start: number, end: number): Promise<string> => {
        const found = await store.get(key, { range: { start, end } });
        const streamed = await store.stream(key, { range: { start, end } });
        assert.ok(found && streamed);
        assert.equal(found.size, 10);
        sameBytes(await gather(streamed.body), found.body);
        return Buffer.from(found.body).toString();
      };
      assert.equal(await read(0, 1), '0');
      assert.equal(await read(3, 7), '3456');
      assert.equal(await read(8, 99), '89');
      assert.equal(await read(4, 4), '');
      assert.equal(await read(10, 12), '');
      await expectError('invalid-input', store.get(key, { range: { start: 5, end: 4 } }));
      await expectError('invalid-input', store.get(key, { range: { start: -1, end: 4 } }));
    },
  },
  {
    name: 'a streamed body is stored and read back byte for byte',
    run: async ({ store, unique }) => {
      const key = `${unique()}/stream`;
      await store.put(key, chunksOf(manyBytes, 70_001));
      const streamed = await store.stream(key);
      assert.equal(streamed?.size, manyBytes.length);
      sameBytes(await gather(streamed.body), manyBytes);
      sameBytes((await store.get(key))?.body, manyBytes);
    },
  },
  {
    name: 'a stream keeps to the version it began with',
    run: async ({ store, unique }) => {
      const key = `${unique()}/snapshot`;
      await store.put(key, manyBytes);
      const streamed = await store.stream(key);
      assert.ok(streamed);
      await store.put(key, 'newer');
      sameBytes(await gather(streamed.body), manyBytes);
    },
  },
  {
    name: 'a body whose source fails is not stored, and the failure is passed on',
    run: async ({ store, unique }) => {
      const key = `${unique()}/failing`;
      const failure = new Error('the source broke');
      const source = async function* (): AsyncGenerator<Uint8Array> {
        yield allBytes;
        throw failure;
      };
      await assert.rejects(store.put(key, source()), failure);
      assert.equal(await store.get(key), null);
    },
  },
  {
    name: 'a call that was aborted before it began does nothing and gives the reason',
    run: async ({ store, unique }) => {
      const key = `${unique()}/aborted`;
      await store.put(key, 'kept');
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      await assert.rejects(store.put(key, 'lost', { signal }), reason);
      await assert.rejects(store.get(key, { signal }), reason);
      await assert.rejects(store.stream(key, { signal }), reason);
      await assert.rejects(store.head(key, { signal }), reason);
      await assert.rejects(store.delete(key, { signal }), reason);
      await assert.rejects(store.list(key, { signal }), reason);
      assert.equal(await textAt(store, key), 'kept');
    },
  },
  {
    name: 'a write that is aborted while its source hangs gives the reason and stores nothing',
    run: async ({ store, unique }) => {
      const key = `${unique()}/stuck`;
      const controller = new AbortController();
      const reason = new Error('enough');
      await assert.rejects(store.put(key, stuckSource(controller, reason), { signal: controller.signal }), reason);
      assert.equal(await store.get(key), null);
    },
  },
  {
    name: 'a stream that is aborted half-way ends with the reason',
    run: async ({ store, unique }) => {
      const key = `${unique()}/halfway`;
      await store.put(key, manyBytes);
      const controller = new AbortController();
      const reason = new Error('enough');
      const streamed = await store.stream(key, { signal: controller.signal });
      assert.ok(streamed);
      const readOn = async (): Promise<void> => {
        for await (const chunk of streamed.body) if (chunk.length > 0) controller.abort(reason);
      };
      await assert.rejects(readOn(), reason);
    },
  },
];
