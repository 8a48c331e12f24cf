import { link, mkdir, open, readdir, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DriftlessError } from '../kernel/errors.ts';
import { hasCode, isAbsent, isTaken, orAbsent } from './filesystem-errors.ts';
import { entriesOf, temporaryFolder } from './filesystem-layout.ts';
import { removeQuietly, type Staged } from './filesystem-staging.ts';

/**
 * An object folder holds one life of the object, a folder with a fresh name, and in it the revisions `1`, `2`, … of
 * which the highest is current. Each change is one atomic step that fails when another came first:
 *
 * - create: a whole object folder is renamed into place, which fails when one with content is there;
 * - replace: the body is linked as the next revision, which fails when that name is taken;
 * - delete: the object folder is renamed away. A writer that knew it fails: the path of that life is gone for good.
 */
export type Revision = { life: string; number: number; oldest: number; path: string; version: string };

/** A number freed within this time could be taken by a writer that read before it existed. */
const keepSupersededNs = 60_000_000_000n;
/** A writer that took longer from reading to linking cannot know what it did. Half of the above, to be safe. */
const longestStallNs = 30_000_000_000n;

/** The current revision; `number` 0 when a life was left without any; null when there is no life. */
export const currentRevision = async (object: string): Promise<Revision | null> => {
  const id = (await entriesOf(object)).find((entry) => entry.isDirectory() && !entry.name.startsWith('.'))?.name;
  if (id === undefined) return null;
  const life = join(object, id);
  const names = (await orAbsent(readdir(life))) ?? [];
  const numbers = names.filter((name) => /^[1-9]\d{0,14}$/.test(name)).map(Number);
  const number = numbers.reduce((a, b) => Math.max(a, b), 0);
  const oldest = numbers.reduce((a, b) => Math.min(a, b), number);
  return { life, number, oldest, path: join(life, String(number)), version: `${id}.${number}` };
};

/** The new version, or null when another object folder came first. */
export const createObject = async (object: string, staged: Staged): Promise<string | null> => {
  try {
    await rename(staged.folder, object);
  } catch (error) {
    if (isTaken(error)) return null;
    if (!hasCode(error, 'ENOENT')) throw error;
    await mkdir(dirname(object), { recursive: true });
    return null;
  }
  await syncFolder(dirname(object));
  return `${staged.id}.1`;
};

/** The file system's own time, so that no other clock has a say: every change of a file's mode or links records it. */
const changedAt = async ({ handle }: Staged): Promise<bigint> => (await handle.stat({ bigint: true })).ctimeNs;

/** To be called before the current revision is read. */
export const timeBeforeReading = async (staged: Staged): Promise<bigint> => {
  await staged.handle.chmod((await staged.handle.stat()).mode & 0o7777);
  return changedAt(staged);
};

/** The new version, or null when another writer came first. `readAt` is when `current` was not read yet. */
export const replaceObject = async (current: Revision, staged: Staged, readAt: bigint): Promise<string | null> => {
  const number = current.number + 1;
  try {
    await link(staged.file, join(current.life, String(number)));
  } catch (error) {
    if (isTaken(error) || isAbsent(error)) return null;
    throw error;
  }
  const linkedAt = await changedAt(staged);
  if (linkedAt - readAt > longestStallNs)
    throw new DriftlessError(
      'unavailable',
      'The write stalled for so long that it may be lost; read the object again.',
    );
  await syncFolder(current.life);
  await sweepSuperseded(current, linkedAt);
  return current.version.replace(/\d+$/, String(number));
};

/** Oldest first, up to the first that is young: as a rule the very first. */
export const sweepSuperseded = async ({ life, oldest, number }: Revision, now: bigint): Promise<void> => {
  for (let older = oldest; older <= number; older++) {
    const path = join(life, String(older));
    const stats = await orAbsent(stat(path, { bigint: true }));
    if (stats && now - stats.ctimeNs <= keepSupersededNs) return;
    if (stats) await orAbsent(unlink(path));
  }
};

export const deleteObject = async (root: string, object: string, id: string): Promise<void> => {
  if (!(await currentRevision(object))) return;
  const temporary = join(root, temporaryFolder);
  await mkdir(temporary, { recursive: true });
  const gone = join(temporary, id);
  if ((await orAbsent(rename(object, gone).then(() => true))) === null) return;
  await syncFolder(dirname(object));
  await removeEmptyParents(root, object);
  await removeQuietly(gone);
};

export const deletePlainFile = async (root: string, path: string): Promise<void> => {
  await orAbsent(unlink(path));
  await syncFolder(dirname(path));
  await removeEmptyParents(root, path);
};

/** Fails safely: a folder that is not empty stays, and a writer that finds its folder gone makes it again. */
const removeEmptyParents = async (root: string, path: string): Promise<void> => {
  for (let folder = dirname(path); folder !== root; folder = dirname(folder)) {
    const removed = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
};

/** So that the new name outlives a loss of power. A folder that has gone meanwhile has no names to keep. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await orAbsent(open(folder, 'r'));
  if (!handle) return;
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
