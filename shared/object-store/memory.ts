import { type Clock, isoTime } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import { clipRange, collect, isStream, wholeBody } from './bytes.ts';
import { checkConditions } from './conditions.ts';
import { checkKey, compareKeys } from './keys.ts';
import type { Body, ObjectInfo, ObjectPage, ObjectStore, PutOptions, ReadOptions, StoredObject } from './port.ts';

type Entry = { info: ObjectInfo; body: Uint8Array };

/**
 * A store in this process's memory, exact and deterministic: the same calls with the same clock and ids give the same
 * versions, times and order. Every call takes effect in one step, so a simulator decides all interleavings.
 */
export const memoryObjectStore = ({ clock, ids }: { clock: Clock; ids: Ids }): ObjectStore => {
  const entries = new Map<string, Entry>();
  const sortedKeys: string[] = [];

  const read = (key: string, options: ReadOptions): StoredObject | null => {
    checkKey(key);
    options.signal?.throwIfAborted();
    const entry = entries.get(key);
    if (!entry) return null;
    const { start, end } = clipRange(entry.info.size, options.range);
    return { ...entry.info, body: entry.body.slice(start, end) };
  };

  const put = async (key: string, body: Body, options: PutOptions = {}): Promise<{ version: string }> => {
    checkKey(key);
    options.signal?.throwIfAborted();
    const bytes = isStream(body) ? await collect(body, options.signal) : wholeBody(body);
    checkConditions(key, entries.get(key)?.info.version, options);
    if (!entries.has(key)) sortedKeys.splice(firstAtOrAfter(sortedKeys, key), 0, key);
    const version = ids.next();
    entries.set(key, { info: { key, size: bytes.length, version, modifiedAt: isoTime(clock.now()) }, body: bytes });
    return { version };
  };

  const list = (prefix: string, after: string, limit: number): ObjectPage => {
    const items: ObjectInfo[] = [];
    const begin = compareKeys(after, prefix) < 0 ? prefix : after;
    for (let index = firstAtOrAfter(sortedKeys, begin); index < sortedKeys.length; index++) {
      const key = sortedKeys[index];
      if (!key?.startsWith(prefix)) break;
      if (key === after) continue;
      const last = items.at(-1);
      if (last && items.length === limit) return { items, next: last.key };
      const entry = entries.get(key);
      if (entry) items.push({ ...entry.info });
    }
    return { items };
  };

  return {
    url: 'mem:',
    get: async (key, options = {}) => read(key, options),
    stream: async (key, options = {}) => {
      const found = read(key, options);
      return found && { ...found, body: inChunks(found.body, options.signal) };
    },
    head: async (key, options = {}) => {
      checkKey(key);
      options.signal?.throwIfAborted();
      const entry = entries.get(key);
      return entry ? { ...entry.info } : null;
    },
    put,
    delete: async (key, options = {}) => {
      checkKey(key);
      options.signal?.throwIfAborted();
      if (entries.delete(key)) sortedKeys.splice(firstAtOrAfter(sortedKeys, key), 1);
    },
    list: async (prefix, options = {}) => {
      options.signal?.throwIfAborted();
      return list(prefix, options.after ?? '', options.limit ?? 1000);
    },
  };
};

const firstAtOrAfter = (sortedKeys: string[], key: string): number => {
  let low = 0;
  let high = sortedKeys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(sortedKeys[middle] ?? '', key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
};

async function* inChunks(bytes: Uint8Array, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const chunkBytes = 65_536;
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    signal?.throwIfAborted();
    yield bytes.subarray(start, start + chunkBytes);
  }
}
