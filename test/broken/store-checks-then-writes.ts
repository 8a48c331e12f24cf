import { checkConditions } from '../../shared/object-store/conditions.ts';
import type { ObjectStore } from '../../shared/object-store/port.ts';

/** Right for one writer; two that look at the same moment both write. */
export const checksThenWrites = (store: ObjectStore): ObjectStore => ({
  ...store,
  put: async (key, body, options = {}) => {
    checkConditions(key, (await store.head(key))?.version, options);
    return store.put(key, body, options.signal ? { signal: options.signal } : {});
  },
});
