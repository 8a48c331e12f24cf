/**
 * The bucket. Every driver keeps these promises, and `test/conformance/object-store.ts` checks each of them.
 *
 * Keys are UTF-8 strings of at most 1024 bytes, segments divided by `/`, none empty; anything else in a segment is
 * allowed and exact. Errors: `invalid-input` (the key), `conflict` (a condition did not hold), `too-large`,
 * `unavailable` (nothing is known: the write may or may not have happened; read again before deciding).
 */
export type ObjectStore = {
  /** The URL it was opened with, without credentials. */
  readonly url: string;

  /** The whole object, or null. The body is the caller's own: changing it changes nothing stored. */
  get(key: string, options?: ReadOptions): Promise<StoredObject | null>;

  /** Like `get`, in chunks, for objects that need not fit in memory. */
  stream(key: string, options?: ReadOptions): Promise<StreamedObject | null>;

  /** What `get` would tell without the body. */
  head(key: string, options?: { signal?: AbortSignal }): Promise<ObjectInfo | null>;

  /**
   * Writes the whole object or nothing. `ifAbsent`: create, else `conflict`. `ifVersion`: replace that very version,
   * else `conflict` (also when the object is gone). Without a condition the last writer wins.
   */
  put(key: string, body: Body, options?: PutOptions): Promise<{ version: string }>;

  /** Idempotent: deleting what is not there is fine. */
  delete(key: string, options?: { signal?: AbortSignal }): Promise<void>;

  /** Keys that begin with `prefix`, in ascending byte order, after `after`. `next` is the `after` of the next page. */
  list(prefix: string, options?: ListOptions): Promise<ObjectPage>;
};

export type Body = Uint8Array | string | AsyncIterable<Uint8Array>;
/** `range` is bytes [start, end), end exclusive. */
export type ReadOptions = { range?: { start: number; end: number }; signal?: AbortSignal };
export type PutOptions = { ifAbsent?: true; ifVersion?: string; contentType?: string; signal?: AbortSignal };
export type ListOptions = { after?: string; limit?: number; signal?: AbortSignal };

/** `version` changes with every write of the key, even of equal bytes; compare it, never order by it. `size` in bytes. */
export type ObjectInfo = { key: string; size: number; version: string; modifiedAt: string };
export type StoredObject = ObjectInfo & { body: Uint8Array };
export type StreamedObject = ObjectInfo & { body: AsyncIterable<Uint8Array> };
export type ObjectPage = { items: ObjectInfo[]; next?: string };
