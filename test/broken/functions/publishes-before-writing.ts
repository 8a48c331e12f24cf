import type { Broken } from '../../simulation/world.ts';

/** Broken: a version is announced while it is still on its way to the store, by a process that may not live to write it. */
export const publishesBeforeWriting: Broken = {
  name: 'publish before write',
  store: (store) => {
    const late = new Map<string, () => Promise<unknown>>();
    return {
      ...store,
      put: async (key, body, options) => {
        if (key.includes('/versions/')) {
          late.set(key, () => store.put(key, body, options));
          return { version: 'none' };
        }
        const written = await store.put(key, body, options);
        for (const [at, write] of late) {
          late.delete(at);
          await write().catch(() => undefined);
        }
        return written;
      },
    };
  },
};
