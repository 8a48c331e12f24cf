import type { ObjectStore } from '../../shared/object-store/port.ts';

/** Sorts by UTF-16 code units, which puts U+1F600 before U+FF5E. */
export const sortsLikeJavascript = (store: ObjectStore): ObjectStore => ({
  ...store,
  list: async (prefix, options) => {
    const page = await store.list(prefix, options);
    return { ...page, items: page.items.toSorted((a, b) => (a.key < b.key ? -1 : 1)) };
  },
});
