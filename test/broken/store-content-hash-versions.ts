import { createHash } from 'node:crypto';
import { collect, isStream, wholeBody } from '../../shared/object-store/bytes.ts';
import { checkConditions } from '../../shared/object-store/conditions.ts';
import type { ObjectInfo, ObjectStore } from '../../shared/object-store/port.ts';

/** As an ETag that is the MD5 of the content: A, then B, then A again looks like nothing had happened. */
export const contentHashVersions = (store: ObjectStore): ObjectStore => {
  const hashes = new Map<string, string>();
  const hashed = <T extends ObjectInfo>(found: T): T => ({ ...found, version: hashes.get(found.version) ?? '' });
  return {
    ...store,
    get: async (key, options) => {
      const found = await store.get(key, options);
      return found && hashed(found);
    },
    head: async (key, options) => {
      const found = await store.head(key, options);
      return found && hashed(found);
    },
    put: async (key, body, options = {}) => {
      const bytes = isStream(body) ? await collect(body, options.signal) : wholeBody(body);
      const current = await store.head(key, options);
      checkConditions(key, current ? hashed(current).version : undefined, options);
      const { version } = await store.put(key, bytes, current ? { ifVersion: current.version } : { ifAbsent: true });
      hashes.set(version, createHash('md5').update(bytes).digest('hex'));
      return { version: hashes.get(version) ?? '' };
    },
    list: async (prefix, options) => {
      const page = await store.list(prefix, options);
      return { ...page, items: page.items.map(hashed) };
    },
  };
};
