import type { ObjectStore } from '../../shared/object-store/port.ts';

const fold = (key: string): string => key.toLowerCase();

/** As a file system that does not tell upper case from lower. */
export const foldsCase = (store: ObjectStore): ObjectStore => {
  return {
    ...store,
    get: (key, options) => store.get(fold(key), options),
    stream: (key, options) => store.stream(fold(key), options),
    head: (key, options) => store.head(fold(key), options),
    put: (key, body, options) => store.put(fold(key), body, options),
    delete: (key, options) => store.delete(fold(key), options),
    list: (prefix, options) => store.list(fold(prefix), options),
  };
};
