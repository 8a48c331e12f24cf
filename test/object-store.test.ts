import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../shared/kernel/clock.ts';
import { systemIds } from '../shared/kernel/ids.ts';
import { memoryObjectStore } from '../shared/object-store/memory.ts';
import type { ObjectStore } from '../shared/object-store/port.ts';
import { objectStoreBackends, type OpenStore } from './backends/object-store.ts';
import { aliasesBodies } from './broken/store-aliases-bodies.ts';
import { checksThenWrites } from './broken/store-checks-then-writes.ts';
import { contentHashVersions } from './broken/store-content-hash-versions.ts';
import { deleteAbsentThrows } from './broken/store-delete-absent-throws.ts';
import { dropsPageBoundary } from './broken/store-drops-page-boundary.ts';
import { foldsCase } from './broken/store-folds-case.ts';
import { ignoresConditions } from './broken/store-ignores-conditions.ts';
import { listsLikeFolders } from './broken/store-lists-like-folders.ts';
import { showsHalfWritten } from './broken/store-shows-half-written.ts';
import { sortsLikeJavascript } from './broken/store-sorts-like-javascript.ts';
import { objectStoreCases } from './conformance/object-store.ts';

describe.each(objectStoreBackends)('$name keeps the promises of an object store', ({ open, deviations }) => {
  let opened: OpenStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  it('deviates only in cases that exist', () => {
    expect(objectStoreCases.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(deviations)));
  });

  it.each(objectStoreCases)('$name', async ({ name, run }) => {
    const outcome = run({ store: opened.store, reopen: opened.reopen, unique: () => systemIds.next() });
    const deviation = deviations[name];
    const fails = await outcome.then(
      () => false,
      (error: Error) => {
        if (!deviation) throw error;
        return true;
      },
    );
    expect(fails, `It passes now: strike the deviation "${deviation?.reason}".`).toBe(deviation !== undefined);
  });
});

/** The cases that a store fails. Each runs on a store of its own. */
const failedCases = async (breakIt: (store: ObjectStore) => ObjectStore): Promise<string[]> => {
  const failed: string[] = [];
  for (const { name, run } of objectStoreCases) {
    const store = breakIt(memoryObjectStore({ clock: systemClock, ids: systemIds }));
    await run({ store, reopen: async () => store, unique: () => systemIds.next() }).catch(() => failed.push(name));
  }
  return failed;
};

describe('the suite rejects a store that', () => {
  it.each([
    ['ignores conditions', ignoresConditions, 'create succeeds once and conflicts when the object exists'],
    ['checks, then writes', checksThenWrites, 'of 16 creates at once one wins, and its body is stored'],
    ['lists like folders', listsLikeFolders, 'a prefix is a beginning of keys, not a folder'],
    ['has content hashes as versions', contentHashVersions, 'a version never comes back, even when the bytes do'],
    ['fails to delete what is absent', deleteAbsentThrows, 'delete removes, and deleting what is not there is fine'],
    ['folds case', foldsCase, 'keys that differ in case only are different objects'],
    ['aliases bodies', aliasesBodies, 'changing a written array later changes nothing stored'],
    [
      'drops the first key of a page',
      dropsPageBoundary,
      'pages by next give every key once, in order, whatever their size',
    ],
    [
      'sorts like JavaScript',
      sortsLikeJavascript,
      'keys come in byte order beyond ASCII, which is not the order of JavaScript',
    ],
    [
      'shows half-written bodies',
      showsHalfWritten,
      'a body whose source fails is not stored, and the failure is passed on',
    ],
  ])('%s', async (_fault, breakIt, caughtBy) => {
    expect(await failedCases(breakIt)).toContain(caughtBy);
  });

  it('and accepts the store that they are made of', async () => {
    expect(await failedCases((store) => store)).toEqual([]);
  });
});
