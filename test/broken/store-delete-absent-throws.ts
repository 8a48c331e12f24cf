import { DriftlessError } from '../../shared/kernel/errors.ts';
import type { ObjectStore } from '../../shared/object-store/port.ts';

/** As Azure Blob's own 404 on delete, passed on. */
export const deleteAbsentThrows = (store: ObjectStore): ObjectStore => ({
  ...store,
  delete: async (key, options) => {
    if (!(await store.head(key, options))) throw new DriftlessError('not-found', `There is no object ${key}.`);
    await store.delete(key, options);
  },
});
