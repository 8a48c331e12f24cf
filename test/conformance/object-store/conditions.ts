import assert from 'node:assert/strict';
import { isError } from '../../../shared/kernel/errors.ts';
import type { ObjectStore } from '../../../shared/object-store/port.ts';
import type { Case } from './case.ts';
import { expectError, oneWinner, textAt } from './expect.ts';

const sixteen = Array.from({ length: 16 }, (_value, index) => index);

/** Reads, adds one and writes back until no other writer came between. */
const increment = async (store: ObjectStore, key: string): Promise<void> => {
  for (;;) {
    const found = await store.get(key);
    assert.ok(found);
    const next = String(Number(Buffer.from(found.body).toString()) + 1);
    try {
      await store.put(key, next, { ifVersion: found.version });
      return;
    } catch (error) {
      if (!isError(error, 'conflict')) throw error;
    }
  }
};

export const conditionCases: Case[] = [
  {
    name: 'create succeeds once and conflicts when the object exists',
    run: async ({ store, reopen, unique }) => {
      const key = `${unique()}/create`;
      await store.put(key, 'first', { ifAbsent: true });
      await expectError('conflict', store.put(key, 'second', { ifAbsent: true }));
      await expectError('conflict', (await reopen()).put(key, 'third', { ifAbsent: true }));
      assert.equal(await textAt(store, key), 'first');
    },
  },
  {
    name: 'of 16 creates at once one wins, and its body is stored',
    run: async ({ store, reopen, unique }) => {
      const key = `${unique()}/race`;
      const handles = [store, await reopen()];
      const creates = sixteen.map((index) =>
        (handles[index % 2] ?? store).put(key, `body ${index}`, { ifAbsent: true }),
      );
      const winner = await oneWinner('conflict', creates);
      assert.equal(await textAt(store, key), `body ${winner}`);
      assert.equal((await store.head(key))?.version, (await creates[winner])?.version);
    },
  },
  {
    name: 'replace succeeds on the current version and gives a new one',
    run: async ({ store, unique }) => {
      const key = `${unique()}/replace`;
      const first = await store.put(key, 'first');
      const second = await store.put(key, 'second', { ifVersion: first.version });
      assert.notEqual(second.version, first.version);
      assert.equal((await store.get(key))?.version, second.version);
      assert.equal(await textAt(store, key), 'second');
    },
  },
  {
    name: 'replace conflicts on a version that is no longer current',
    run: async ({ store, reopen, unique }) => {
      const key = `${unique()}/stale`;
      const first = await store.put(key, 'first');
      await (await reopen()).put(key, 'second');
      await expectError('conflict', store.put(key, 'third', { ifVersion: first.version }));
      assert.equal(await textAt(store, key), 'second');
    },
  },
  {
    name: 'replace conflicts when there is no object, and creates none',
    run: async ({ store, unique }) => {
      const key = `${unique()}/gone`;
      const { version } = await store.put(`${key}-other`, 'x');
      await expectError('conflict', store.put(key, 'y', { ifVersion: version }));
      assert.equal(await store.get(key), null);
      const mine = await store.put(key, 'z');
      await store.delete(key);
      await expectError('conflict', store.put(key, 'y', { ifVersion: mine.version }));
      assert.equal(await store.get(key), null);
    },
  },
  {
    name: 'a version never comes back, even when the bytes do',
    run: async ({ store, unique }) => {
      const key = `${unique()}/a-b-a`;
      const first = await store.put(key, 'A');
      await store.put(key, 'B');
      const third = await store.put(key, 'A');
      assert.notEqual(third.version, first.version);
      await expectError('conflict', store.put(key, 'C', { ifVersion: first.version }));
      const again = await store.put(key, 'A');
      assert.notEqual(again.version, third.version);
    },
  },
  {
    name: 'of 16 replaces of one version at once one wins, and its body is stored',
    run: async ({ store, reopen, unique }) => {
      const key = `${unique()}/replaces`;
      const { version } = await store.put(key, 'start');
      const handles = [store, await reopen()];
      const replaces = sixteen.map((index) =>
        (handles[index % 2] ?? store).put(key, `body ${index}`, { ifVersion: version }),
      );
      const winner = await oneWinner('conflict', replaces);
      assert.equal(await textAt(store, key), `body ${winner}`);
    },
  },
  {
    name: 'increments from many writers lose nothing',
    run: async ({ store, reopen, unique }) => {
      const key = `${unique()}/counter`;
      await store.put(key, '0');
      const handles = [store, await reopen()];
      await Promise.all(
        Array.from({ length: 8 }, async (_value, writer) => {
          for (let turn = 0; turn < 4; turn++) await increment(handles[writer % 2] ?? store, key);
        }),
      );
      assert.equal(await textAt(store, key), '32');
    },
  },
  {
    name: 'unconditional writes at once all succeed, and one body stands whole',
    run: async ({ store, reopen, unique }) => {
      const key = `${unique()}/overwrites`;
      const handles = [store, await reopen()];
      await Promise.all(sixteen.map((index) => (handles[index % 2] ?? store).put(key, `body ${index}`)));
      assert.match((await textAt(store, key)) ?? '', /^body \d+$/);
    },
  },
  {
    name: 'delete removes, and deleting what is not there is fine',
    run: async ({ store, reopen, unique }) => {
      const key = `${unique()}/delete`;
      await store.delete(key);
      await store.put(key, 'x');
      await store.put(key, 'y');
      await store.delete(key);
      await store.delete(key);
      assert.equal(await store.get(key), null);
      assert.equal(await store.head(key), null);
      assert.equal(await (await reopen()).get(key), null);
    },
  },
  {
    name: 'what is created after a delete is another version',
    run: async ({ store, unique }) => {
      const key = `${unique()}/again`;
      const first = await store.put(key, 'same', { ifAbsent: true });
      await store.delete(key);
      const second = await store.put(key, 'same', { ifAbsent: true });
      assert.notEqual(second.version, first.version);
      await expectError('conflict', store.put(key, 'other', { ifVersion: first.version }));
      assert.equal(await textAt(store, key), 'same');
    },
  },
  {
    name: 'when a delete and a replace meet, the object is gone in the end, whoever was first',
    run: async ({ store, reopen, unique }) => {
      const root = unique();
      const other = await reopen();
      for (const turn of sixteen) {
        const key = `${root}/${turn}`;
        const { version } = await store.put(key, 'before');
        const [replaced] = await Promise.allSettled([
          store.put(key, 'after', { ifVersion: version }),
          other.delete(key),
        ]);
        assert.equal(await store.get(key), null);
        if (replaced.status === 'rejected') assert.ok(isError(replaced.reason, 'conflict'), String(replaced.reason));
      }
    },
  },
  {
    name: 'creates and deletes at once never let two creates win between deletes',
    run: async ({ store, reopen, unique }) => {
      const key = `${unique()}/churn`;
      const handles = [store, await reopen()];
      let created = 0;
      let deletes = 0;
      await Promise.all(
        sixteen.map(async (index) => {
          const handle = handles[index % 2] ?? store;
          if (index % 4 === 0) {
            await handle.delete(key);
            deletes++;
          } else {
            const outcome = await handle.put(key, `body ${index}`, { ifAbsent: true }).catch((error: unknown) => error);
            if (!isError(outcome, 'conflict')) created++;
          }
        }),
      );
      assert.ok(created >= 1 && created <= deletes + 1, `${created} creates won around ${deletes} deletes`);
    },
  },
];
