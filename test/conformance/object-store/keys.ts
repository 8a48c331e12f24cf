import assert from 'node:assert/strict';
import type { Case } from './case.ts';
import { expectError, keysBelow, textAt } from './expect.ts';

/** Segments that some file system, URL or client would take for something else. */
const awkwardSegments = [
  '.',
  '..',
  '...',
  '.hidden',
  '.tmp',
  'trailing.',
  'trailing ',
  ' leading',
  'two  spaces',
  'case',
  'CASE',
  'Case',
  'é',
  'e\u0301',
  'ß',
  'ss',
  'İ',
  'ı',
  '%20+&?#%41',
  '%41',
  'A',
  '%',
  '%%',
  'a%',
  '+',
  'a+b',
  'a b',
  'name~',
  'name',
  '~',
  '~1',
  'a:b',
  '*?"<>|',
  'back\\slash',
  'con',
  'nul.txt',
  'com1',
  '\u{1F600}',
  '\u{FEFF}bom',
  '\u200B',
  'tab\there',
  'line\nbreak',
  '\u007F',
  '0',
  '-',
  '_SUCCESS',
  'date=2024-01-01',
  '{a,b}',
  '$HOME',
  "it's",
];

export const keyCases: Case[] = [
  {
    name: 'a key may also begin other keys',
    run: async ({ store, unique }) => {
      const root = unique();
      for (const key of ['a/b', 'a/b/c', 'a', 'a/b/c/d']) await store.put(`${root}/${key}`, key);
      for (const key of ['a', 'a/b', 'a/b/c', 'a/b/c/d']) assert.equal(await textAt(store, `${root}/${key}`), key);
      await store.delete(`${root}/a/b`);
      assert.equal(await textAt(store, `${root}/a/b`), null);
      assert.deepEqual(await keysBelow(store, `${root}/`), [`${root}/a`, `${root}/a/b/c`, `${root}/a/b/c/d`]);
    },
  },
  {
    name: 'awkward segments are kept exactly and apart, first, last and in the middle',
    run: async ({ store, reopen, unique }) => {
      const root = unique();
      const keys = awkwardSegments.flatMap((segment) => [`${root}/${segment}`, `${root}/${segment}/${segment}/end`]);
      for (const key of keys) await store.put(key, key, { ifAbsent: true });
      const other = await reopen();
      for (const key of keys) assert.equal(await textAt(other, key), key);
      const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual(await keysBelow(other, `${root}/`, 7), sorted);
      for (const segment of awkwardSegments) await store.delete(`${root}/${segment}`);
      const left = sorted.filter((key) => key.endsWith('/end'));
      assert.deepEqual(await keysBelow(other, `${root}/`), left);
    },
  },
  {
    name: 'keys that differ in case only are different objects',
    run: async ({ store, unique }) => {
      const root = unique();
      await store.put(`${root}/readme`, 'lower');
      await store.put(`${root}/README`, 'upper');
      assert.equal(await textAt(store, `${root}/readme`), 'lower');
      assert.equal(await textAt(store, `${root}/README`), 'upper');
    },
  },
  {
    name: 'a segment of 300 bytes and a key of 1024 bytes are kept exactly',
    run: async ({ store, unique }) => {
      const root = unique();
      const room = 1024 - Buffer.byteLength(`${root}/`);
      const keys = [
        `${root}/${'s'.repeat(300)}`,
        `${root}/${'S'.repeat(300)}/${'t'.repeat(300)}`,
        `${root}/${'x'.repeat(room)}`,
        `${root}/${'\u{1F600}'.repeat(Math.floor(room / 4))}`,
        `${root}/${'d/'.repeat(Math.floor(room / 2) - 1)}e`,
      ];
      for (const key of keys) await store.put(key, `${key.length}`);
      for (const key of keys) assert.equal(await textAt(store, key), `${key.length}`);
      const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual(await keysBelow(store, `${root}/`), sorted);
    },
  },
  {
    name: 'a key that cannot be kept is refused by every call',
    run: async ({ store, unique }) => {
      const root = unique();
      const bad = [
        '',
        `${root}//a`,
        `/${root}`,
        `${root}/`,
        `${root}/a\0b`,
        `${root}/\uD800`,
        `${root}/${'x'.repeat(1024)}`,
      ];
      for (const key of bad) {
        await expectError('invalid-input', store.put(key, 'x'));
        await expectError('invalid-input', store.get(key));
        await expectError('invalid-input', store.stream(key));
        await expectError('invalid-input', store.head(key));
        await expectError('invalid-input', store.delete(key));
      }
      assert.deepEqual(await store.list(`${root}/`), { items: [] });
    },
  },
];
