import type { ObjectStore } from '../../shared/object-store/port.ts';

/** Names the first key of the next page as `next`, and then begins after it. */
export const dropsPageBoundary = (store: ObjectStore): ObjectStore => ({
  ...store,
  list: async (prefix, options = {}) => {
    const page = await store.list(prefix, options);
    if (page.next === undefined) return page;
    const following = await store.list(prefix, { ...options, after: page.next, limit: 1 });
    return { ...page, next: following.items[0]?.key ?? page.next };
  },
});
