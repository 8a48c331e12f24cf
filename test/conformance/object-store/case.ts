import type { ObjectStore } from '../../../shared/object-store/port.ts';

export type StoreContext = {
  store: ObjectStore;
  /** Another handle on the same bytes, as another process would hold. */
  reopen: () => Promise<ObjectStore>;
  /** A key segment that nobody has used: each case keeps to its own. */
  unique: () => string;
};

/** Rejects when the store breaks the promise that `name` states. Needs nothing but Node, so that `doctor` can run it. */
export type Case = { name: string; run: (context: StoreContext) => Promise<void> };
