import { mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Clock } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import { clipRange, collect } from './bytes.ts';
import { checkConditions } from './conditions.ts';
import { filesystemError } from './filesystem-errors.ts';
import { findPlainFile, objectFolder, type PlainFile, temporaryFolder } from './filesystem-layout.ts';
import { walkKeys } from './filesystem-list.ts';
import { contention, mostAttempts, type OpenObject, openObject, readChunks, readInfo } from './filesystem-read.ts';
import {
  createObject,
  currentRevision,
  deleteObject,
  deletePlainFile,
  type Revision,
  replaceObject,
  timeBeforeReading,
} from './filesystem-revisions.ts';
import { discard, type Staged, stage, sweepTemporary } from './filesystem-staging.ts';
import { checkKey, maxKeyBytes } from './keys.ts';
import type {
  Body,
  ListOptions,
  ObjectInfo,
  ObjectPage,
  ObjectStore,
  PutOptions,
  ReadOptions,
  StoredObject,
  StreamedObject,
} from './port.ts';

/**
 * A store in a folder, safe between processes of one machine, for Linux and macOS. No lock is ever held, so a process
 * that dies leaves nothing to clean up before others go on. The folder must be one file system with hard links, and
 * `ids` must be unique among all who write to it. `clock` only tells which leftovers of crashed writers are stale.
 *
 * Errors beyond the port's: `forbidden` (file permissions), `refused` (a plain file where the key needs a folder),
 * `unsupported` (the file system has no hard links).
 */
export const filesystemObjectStore = async ({ root: folder, clock, ids }: Options): Promise<ObjectStore> => {
  const root = await openRoot(resolve(folder), clock.now());

  const onDisk = async <T>(subject: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw filesystemError(error, root, subject);
    }
  };

  const find = async (key: string, signal: AbortSignal | undefined): Promise<OpenObject | null> => {
    checkKey(key);
    signal?.throwIfAborted();
    return onDisk(key, () => openObject(root, key));
  };

  const stream = async (key: string, options: ReadOptions = {}): Promise<StreamedObject | null> => {
    const found = await find(key, options.signal);
    if (!found) return null;
    try {
      const range = clipRange(found.info.size, options.range);
      return { ...found.info, body: readToEnd(found, range, options.signal) };
    } catch (error) {
      await found.handle.close();
      throw error;
    }
  };

  const get = async (key: string, options: ReadOptions = {}): Promise<StoredObject | null> => {
    const found = await stream(key, options);
    return found && { ...found, body: await onDisk(key, () => collect(found.body)) };
  };

  const head = async (key: string, options: { signal?: AbortSignal } = {}): Promise<ObjectInfo | null> => {
    checkKey(key);
    options.signal?.throwIfAborted();
    return onDisk(key, () => readInfo(root, key));
  };

  /** What a write would replace. A revision of ours hides a plain file of the same key. */
  const current = async (key: string, options: PutOptions): Promise<Current> => {
    const revision = await currentRevision(objectFolder(root, key));
    const plain = revision && revision.number > 0 ? null : await findPlainFile(root, key);
    const version = revision && revision.number > 0 ? revision.version : plain?.version;
    checkConditions(key, version, options);
    return { revision, plain };
  };

  const publish = async (key: string, staged: Staged, options: PutOptions): Promise<{ version: string }> => {
    const object = objectFolder(root, key);
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      options.signal?.throwIfAborted();
      const readAt = await timeBeforeReading(staged);
      const { revision, plain } = await current(key, options);
      const version = revision ? await replaceObject(revision, staged, readAt) : await createObject(object, staged);
      if (version === null) continue;
      if (plain) await deletePlainFile(root, plain.path).catch(() => undefined); // hidden from now on, even if it stays
      return { version };
    }
    throw contention(key);
  };

  const put = async (key: string, body: Body, options: PutOptions = {}): Promise<{ version: string }> => {
    checkKey(key);
    options.signal?.throwIfAborted();
    const run = <T>(work: () => Promise<T>): Promise<T> => onDisk(key, work);
    await run(() => current(key, options)); // a lost condition is cheaper to find before the body is on disk
    const staged = await stage(root, ids.next(), body, options.signal, run);
    try {
      return await run(() => publish(key, staged, options));
    } finally {
      await discard(staged);
    }
  };

  const remove = async (key: string, options: { signal?: AbortSignal } = {}): Promise<void> => {
    checkKey(key);
    options.signal?.throwIfAborted();
    await onDisk(key, async () => {
      // The plain file goes first: it must not come back to light while the revisions go.
      const plain = await findPlainFile(root, key);
      if (plain) await deletePlainFile(root, plain.path);
      await deleteObject(root, objectFolder(root, key), ids.next());
    });
  };

  const list = async (prefix: string, options: ListOptions = {}): Promise<ObjectPage> => {
    const { after = '', limit = 1000, signal } = options;
    signal?.throwIfAborted();
    return onDisk(`${prefix}…`, async () => {
      const found: ObjectInfo[] = [];
      for await (const keys of inBatches(walkKeys(root, prefix, after), Math.min(limit + 1, 128))) {
        signal?.throwIfAborted();
        const infos = await Promise.all(keys.map((key) => readInfo(root, key)));
        found.push(...infos.filter((info) => info !== null));
        if (found.length > limit) break;
      }
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return found.length > limit && last ? { items, next: last.key } : { items };
    });
  };

  return { url: pathToFileURL(root).href, get, stream, head, put, delete: remove, list };
};

type Options = { root: string; clock: Clock; ids: Ids };
type Current = { revision: Revision | null; plain: PlainFile | null };

const openRoot = async (root: string, now: number): Promise<string> => {
  try {
    await mkdir(join(root, temporaryFolder), { recursive: true });
    await sweepTemporary(root, now);
    return await realpath(root);
  } catch (error) {
    throw filesystemError(error, root, 'the store');
  }
};

async function* readToEnd(
  found: OpenObject,
  range: { start: number; end: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* readChunks(found, range, signal);
  } finally {
    await found.handle.close();
  }
}

async function* inBatches(keys: AsyncIterable<string>, size: number): AsyncGenerator<string[]> {
  let batch: string[] = [];
  for await (const key of keys) {
    if (Buffer.byteLength(key) > maxKeyBytes) continue; // a person's file, too deep for a key
    batch.push(key);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
