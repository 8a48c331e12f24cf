import type { ObjectStore } from '../../shared/object-store/port.ts';
import { isStream, untilAborted } from '../../shared/object-store/bytes.ts';

/** Appends each chunk of a streamed body where every reader can see it. */
export const showsHalfWritten = (store: ObjectStore): ObjectStore => ({
  ...store,
  put: async (key, body, options) => {
    if (!isStream(body)) return store.put(key, body, options);
    let written = await store.put(key, '', options);
    let soFar = Buffer.alloc(0);
    for await (const chunk of untilAborted(body, options?.signal)) {
      soFar = Buffer.concat([soFar, chunk]);
      written = await store.put(key, soFar);
    }
    return written;
  },
});
