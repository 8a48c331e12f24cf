import type { Broken } from '../../simulation/world.ts';

/** Broken: a digest is not looked up before a number is taken for it. */
export const forgetsDigestClaims: Broken = {
  name: 'register without a digest claim',
  store: (store) => ({
    ...store,
    get: async (key, options) => (key.includes('/digests/') ? null : store.get(key, options)),
    put: (key, body, options) => store.put(key, body, key.includes('/digests/') ? {} : options),
  }),
};
