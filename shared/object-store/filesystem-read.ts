import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
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
export const openObject = (root: string, key: string): Promise<OpenObject | null> =>
  withCurrent(root, key, async ({ path, version }) => {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return { handle, info: infoOf(key, version, await handle.stat()) };
    } catch (error) {
      await handle.close();
      throw error;
    }
  });

export const readInfo = (root: string, key: string): Promise<ObjectInfo | null> =>
  withCurrent(root, key, async ({ path, version }) => infoOf(key, version, await lstat(path)));

type Current = { path: string; version: string };

/** Tries again while the path that was found is gone before it is used. */
const withCurrent = async <T>(root: string, key: string, use: (current: Current) => Promise<T>): Promise<T | null> => {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const revision = await currentRevision(objectFolder(root, key));
    const current = revision && revision.number > 0 ? revision : await findPlainFile(root, key);
    if (!current) return null;
    const used = await orAbsent(use(current));
    if (used) return used;
  }
  throw contention(key);
};

const infoOf = (key: string, version: string, { size, mtimeMs }: Stats): ObjectInfo => ({
  key,
  size,
  version,
  modifiedAt: isoTime(mtimeMs),
});

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
