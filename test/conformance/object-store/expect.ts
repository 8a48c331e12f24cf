import assert from 'node:assert/strict';
import { isError, type ErrorCode } from '../../../shared/kernel/errors.ts';
import type { ObjectInfo, ObjectStore } from '../../../shared/object-store/port.ts';

export const textAt = async (store: ObjectStore, key: string): Promise<string | null> => {
  const found = await store.get(key);
  return found && Buffer.from(found.body).toString();
};

export const expectError = async (code: ErrorCode, work: Promise<unknown>): Promise<void> => {
  const error = await work.then(
    () => assert.fail(`expected ${code}, but it succeeded`),
    (reason: unknown) => reason,
  );
  assert.ok(isError(error, code), `expected ${code}, got ${String(error)}`);
};

/** What became of calls made at once: how many succeeded, and that all others failed with `code`. */
export const oneWinner = async (code: ErrorCode, calls: Promise<unknown>[]): Promise<number> => {
  const outcomes = await Promise.allSettled(calls);
  for (const outcome of outcomes)
    if (outcome.status === 'rejected')
      assert.ok(isError(outcome.reason, code), `expected ${code}, got ${outcome.reason}`);
  const winners = outcomes.flatMap((outcome, index) => (outcome.status === 'fulfilled' ? [index] : []));
  assert.equal(winners.length, 1, `${winners.length} writers believe they won`);
  return winners[0] ?? -1;
};

/** All pages of a prefix, by `next`, in the order they came. */
export const listAll = async (store: ObjectStore, prefix: string, limit?: number): Promise<ObjectInfo[]> => {
  const items: ObjectInfo[] = [];
  let after: string | undefined;
  do {
    const page = await store.list(prefix, { ...(limit ? { limit } : {}), ...(after === undefined ? {} : { after }) });
    if (limit) assert.ok(page.items.length <= limit, 'a page is longer than asked');
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
};

export const keysBelow = async (store: ObjectStore, prefix: string, limit?: number): Promise<string[]> =>
  (await listAll(store, prefix, limit)).map((item) => item.key);

export const putAll = async (store: ObjectStore, keys: string[]): Promise<void> => {
  for (const key of keys) await store.put(key, `body of ${key}`);
};
