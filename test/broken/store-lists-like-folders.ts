import type { ObjectStore } from '../../shared/object-store/port.ts';

/** Takes a prefix for a folder, as a plain walk of directories would. */
export const listsLikeFolders = (store: ObjectStore): ObjectStore => ({
  ...store,
  list: (prefix, options) => store.list(prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`, options),
});
