import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isoTime } from '../kernel/clock.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { orAbsent } from './filesystem-errors.ts';
import { findPlainFile, objectFolder } from './filesystem-layout.ts';
import { currentRevision } from './filesystem-revisions.ts';
import type { ObjectInfo } from './port.ts';

export type OpenObject = { handle: FileHandle; info: ObjectInfo };

/** How often a path may vanish under a reader or writer before it gives up; each time, another writer got further. */
export const mostAttempts = 100;

/** The object's current body, open, or null. The caller closes it; it stays whole whatever happens to the object. */
export const openObject = async (root: string, key: string): Promise<OpenObject | null> => {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const found = await findCurrent(root, key);
    if (!found) return null;
    const handle = await orAbsent(open(found.path, constants.O_RDONLY | constants.O_NOFOLLOW));
    if (handle) return { handle, info: await infoOf(handle, key, found.version) };
  }
  throw contention(key);
};

const findCurrent = async (root: string, key: string): Promise<{ path: string; version: string } | null> => {
  const revision = await currentRevision(objectFolder(root, key));
  return revision && revision.number > 0 ? revision : findPlainFile(root, key);
};

const infoOf = async (handle: FileHandle, key: string, version: string): Promise<ObjectInfo> => {
  try {
    const { size, mtimeMs } = await handle.stat();
    return { key, size, version, modifiedAt: isoTime(mtimeMs) };
  } catch (error) {
    await handle.close();
    throw error;
  }
};

export const contention = (key: string): DriftlessError =>
  new DriftlessError(
    'unavailable',
    `The object ${key} changed ${mostAttempts} times while it was read or written; try again with fewer writers.`,
  );

/** Bytes from `start` to `end` of an open file, fewer when it has become shorter, in chunks. */
export async function* readChunks(
  { handle }: OpenObject,
  { start, end }: { start: number; end: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const chunkBytes = 1024 * 1024;
  for (let position = start; position < end; ) {
    signal?.throwIfAborted();
    const chunk = new Uint8Array(Math.min(chunkBytes, end - position));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}
