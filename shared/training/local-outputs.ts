import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isError } from '../kernel/errors.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { RunFailure, systemErrorCode } from './local-runs.ts';

const tries = 3;

/**
 * Puts every file of `folder` under `prefix` and removes what an earlier, lost attempt left there. Returns how many
 * files there are. Throws `RunFailure('output')` that names the key.
 */
export const storeFolder = async (
  folder: string,
  prefix: string,
  store: () => Promise<ObjectStore>,
  signal: AbortSignal,
): Promise<number> => {
  let current = prefix;
  try {
    const files = await filesOf(folder);
    const keys = new Map(files.map((file) => [prefix + relative(folder, file).replaceAll(sep, '/'), file]));
    const opened = await store();
    for (const [key, file] of keys) {
      current = key;
      await putFile(opened, key, file, signal);
    }
    current = prefix;
    await deleteOthers(opened, prefix, new Set(keys.keys()), signal);
    return keys.size;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RunFailure) throw error;
    throw new RunFailure('output', `The output ${current} could not be stored (${causeOf(error)}).`);
  }
};

const filesOf = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const info = entry.isSymbolicLink() ? await stat(path) : entry;
    if (info.isFile()) files.push(path);
    else if (entry.isSymbolicLink()) throw new RunFailure('output', `${path} is a link to something else than a file.`);
  }
  return files;
};

const putFile = async (store: ObjectStore, key: string, file: string, signal: AbortSignal): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await store.put(key, createReadStream(file), { signal });
      return;
    } catch (error) {
      if (attempt === tries || !isError(error, 'unavailable', 'throttled')) throw error;
      await wait(attempt * 500, undefined, { signal });
    }
  }
};

const deleteOthers = async (store: ObjectStore, prefix: string, kept: Set<string>, signal: AbortSignal) => {
  let after: string | undefined;
  do {
    const page = await store.list(prefix, { signal, ...(after === undefined ? {} : { after }) });
    for (const { key } of page.items) if (!kept.has(key)) await store.delete(key, { signal });
    after = page.next;
  } while (after !== undefined);
};

const causeOf = (error: unknown): string =>
  systemErrorCode(error) ?? (error instanceof Error ? error.message : 'unknown error');
