import type { ObjectStore } from '../../shared/object-store/port.ts';

/** As an S3 clone that does not know the If-Match and If-None-Match headers. */
export const ignoresConditions = (store: ObjectStore): ObjectStore => ({
  ...store,
  put: (key, body, { signal } = {}) => store.put(key, body, signal ? { signal } : {}),
});
