import type { ObjectInfo, ObjectStore } from './port.ts';

/** Every object under a prefix, page by page. For prefixes that are known to be small. */
export const listAll = async (store: ObjectStore, prefix: string): Promise<ObjectInfo[]> => {
  const items: ObjectInfo[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.list(prefix, after === undefined ? {} : { after });
    items.push(...page.items);
    after = page.next;
    if (after === undefined) return items;
  }
};
