import assert from 'node:assert/strict';
import type { Case } from './case.ts';
import { keysBelow, listAll, putAll } from './expect.ts';

const numbered = (root: string, count: number): string[] =>
  Array.from({ length: count }, (_value, index) => `${root}/${String(index).padStart(3, '0')}`);

export const listCases: Case[] = [
  {
    name: 'a prefix without keys lists nothing',
    run: async ({ store, unique }) => {
      assert.deepEqual(await store.list(`${unique()}/`), { items: [] });
    },
  },
  {
    name: 'a list tells of each object what head tells',
    run: async ({ store, unique }) => {
      const root = unique();
      await putAll(store, [`${root}/a`, `${root}/b`]);
      await store.put(`${root}/a`, 'newer and longer than before');
      assert.deepEqual(await listAll(store, `${root}/`), [
        await store.head(`${root}/a`),
        await store.head(`${root}/b`),
      ]);
    },
  },
  {
    name: 'pages by next give every key once, in order, whatever their size',
    run: async ({ store, reopen, unique }) => {
      const root = unique();
      const keys = numbered(root, 23);
      await putAll(store, keys.toReversed());
      for (const limit of [1, 5, 22, 23, 24]) assert.deepEqual(await keysBelow(store, `${root}/`, limit), keys);
      assert.deepEqual(await keysBelow(await reopen(), `${root}/`), keys);
    },
  },
  {
    name: 'the last page has no next',
    run: async ({ store, unique }) => {
      const root = unique();
      await putAll(store, numbered(root, 4));
      assert.equal((await store.list(`${root}/`, { limit: 4 })).next, undefined);
      assert.equal((await store.list(`${root}/`, { limit: 3 })).next, `${root}/002`);
    },
  },
  {
    name: 'after need not be a key that exists',
    run: async ({ store, unique }) => {
      const root = unique();
      await putAll(store, [`${root}/a`, `${root}/b/c`, `${root}/b/d/e`, `${root}/f`]);
      const after = async (key: string): Promise<string[]> =>
        (await store.list(`${root}/`, { after: `${root}/${key}` })).items.map((item) =>
          item.key.slice(root.length + 1),
        );
      assert.deepEqual(await after('0'), ['a', 'b/c', 'b/d/e', 'f']);
      assert.deepEqual(await after('b'), ['b/c', 'b/d/e', 'f']);
      assert.deepEqual(await after('b/c'), ['b/d/e', 'f']);
      assert.deepEqual(await after('b/d'), ['b/d/e', 'f']);
      assert.deepEqual(await after('b0'), ['f']);
      assert.deepEqual(await after('z'), []);
    },
  },
  {
    name: 'a prefix is a beginning of keys, not a folder',
    run: async ({ store, unique }) => {
      const root = unique();
      await putAll(store, [`${root}/a/b`, `${root}/a/b/c`, `${root}/a/bc`, `${root}/a/bc/d`, `${root}/ab`]);
      assert.deepEqual(await keysBelow(store, `${root}/a/b`), [
        `${root}/a/b`,
        `${root}/a/b/c`,
        `${root}/a/bc`,
        `${root}/a/bc/d`,
      ]);
      assert.deepEqual(await keysBelow(store, `${root}/a/b/`), [`${root}/a/b/c`]);
      assert.deepEqual(await keysBelow(store, `${root}/ab`), [`${root}/ab`]);
    },
  },
  {
    name: 'keys come in byte order of the whole key',
    run: async ({ store, unique }) => {
      const root = unique();
      // Below `/` (2F) sort space, `-` and `.`; `0` and letters sort above it.
      const keys = ['a', 'a b', 'a-b', 'a.b', 'a/b', 'a/b/c', 'a/c', 'a0', 'ab', 'a~', 'b'].map(
        (key) => `${root}/${key}`,
      );
      await putAll(store, keys.toReversed());
      assert.deepEqual(await keysBelow(store, `${root}/`), keys);
      assert.deepEqual(await keysBelow(store, `${root}/`, 2), keys);
    },
  },
  {
    name: 'keys come in byte order beyond ASCII, which is not the order of JavaScript',
    run: async ({ store, unique }) => {
      const root = unique();
      const keys = ['Z', 'a', 'é', '\u{4E2D}', '\u{FF5E}', '\u{1F600}', '\u{1F601}'].map((key) => `${root}/${key}`);
      await putAll(store, keys.toReversed());
      assert.deepEqual(await keysBelow(store, `${root}/`), keys);
      assert.deepEqual(await keysBelow(store, `${root}/`, 1), keys);
    },
  },
  {
    name: 'long segments that begin alike come in order with their neighbours',
    run: async ({ store, unique }) => {
      const root = unique();
      const long = 'l'.repeat(260);
      const keys = [long, `${long} x`, `${long}/a`, `${long}/b/c`, `${long}0`, `${long}x`, `${long}x/y`, 'm'];
      const keysHere = ['l'.repeat(189), `${'l'.repeat(189)}/a`, ...keys].map((key) => `${root}/${key}`);
      await putAll(store, keysHere.toReversed());
      const sorted = keysHere.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual(await keysBelow(store, `${root}/`), sorted);
      assert.deepEqual(await keysBelow(store, `${root}/`, 1), sorted);
      assert.deepEqual(
        await keysBelow(store, `${root}/${long}`),
        sorted.filter((key) => key.startsWith(`${root}/${long}`)),
      );
    },
  },
  {
    name: 'a deleted object is not listed, and does not shorten a page',
    run: async ({ store, unique }) => {
      const root = unique();
      const keys = numbered(root, 8);
      await putAll(store, keys);
      for (const key of keys.slice(1, 5)) await store.delete(key);
      const page = await store.list(`${root}/`, { limit: 3 });
      assert.deepEqual(
        page.items.map((item) => item.key),
        [`${root}/000`, `${root}/005`, `${root}/006`],
      );
      assert.equal(page.next, `${root}/006`);
    },
  },
];
