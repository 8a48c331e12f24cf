import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isStream, untilAborted, wholeBody } from './bytes.ts';
import { orAbsent } from './filesystem-errors.ts';
import { temporaryFolder } from './filesystem-layout.ts';
import type { Body } from './port.ts';

/** A body that is safely on disk and not visible yet: `.tmp/<id>/<id>/1`, which is an object folder ready to be moved. */
export type Staged = { id: string; folder: string; file: string; handle: FileHandle };

/** Failures of the body's own source pass through `run` untouched; `run` names those of the disk. */
export const stage = async (
  root: string,
  id: string,
  body: Body,
  signal: AbortSignal | undefined,
  run: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<Staged> => {
  const folder = join(root, temporaryFolder, id);
  const file = join(folder, id, '1');
  const handle = await run(async () => {
    await mkdir(join(folder, id), { recursive: true });
    return open(file, 'wx');
  });
  const staged = { id, folder, file, handle };
  try {
    const chunks = isStream(body) ? untilAborted(body, signal) : [wholeBody(body)];
    for await (const chunk of chunks) await run(() => writeAll(handle, chunk, signal));
    await run(() => handle.sync());
    return staged;
  } catch (error) {
    await discard(staged);
    throw error;
  }
};

const writeAll = async (handle: FileHandle, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> => {
  const atOnce = 8 * 1024 * 1024;
  for (let offset = 0; offset < bytes.length; ) {
    signal?.throwIfAborted();
    offset += (await handle.write(bytes, offset, Math.min(atOnce, bytes.length - offset))).bytesWritten;
  }
};

/** What stays behind when this fails is swept when the store is next opened. */
export const discard = async ({ handle, folder }: Staged): Promise<void> => {
  await handle.close().catch(() => undefined);
  await removeQuietly(folder);
};

export const removeQuietly = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true }).catch(() => undefined);

const staleMilliseconds = 3_600_000;

/** Removes what crashed writers left: temporary folders whose body nobody has written to for an hour. */
export const sweepTemporary = async (root: string, now: number): Promise<void> => {
  const temporary = join(root, temporaryFolder);
  for (const id of await readdir(temporary)) {
    const folder = join(temporary, id);
    const stats = (await orAbsent(stat(join(folder, id, '1')))) ?? (await orAbsent(stat(folder)));
    if (stats && now - stats.mtimeMs > staleMilliseconds) await removeQuietly(folder);
  }
};
