import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { watch as watchFiles } from 'chokidar';
import type { EventPublisher } from '../../event-bus/publish.ts';
import type { Log } from '../../kernel/log.ts';
import type { ObjectStore } from '../../object-store/port.ts';

export type WatchOptions = {
  root: string;
  store: ObjectStore;
  bus: EventPublisher;
  log: Log;
  /** The object that a path below the root belongs to, or null. */
  keyOfPath(path: string): string | null;
};

/** A person's file counts as complete when it has not grown for this long; our own writes are complete at once. */
const stillForMs = 2000;
/** What lands in a folder just as it is being made can escape a watcher: the folder is looked into once more. */
const newFolderMs = [50, 1000];
/** And everything is, now and then: an event of the operating system can be lost. */
const lookEveryMs = 60_000;

const unfinished = /^\.|\.(part|tmp|crdownload)$/i;

/** A revision that the filesystem driver wrote: complete from the moment it is there. */
const isOurs = (path: string): boolean => /~\/[^/]+\/\d+$/.test(path.replaceAll('\\', '/'));
/** Of what jobs write, only their completion tells something. */
const isWanted = (root: string, path: string): boolean =>
  path.startsWith(join(root, 'jobs'))
    ? /[/\\]completion\.json~[/\\]/.test(path)
    : isOurs(path) || !unfinished.test(basename(path));

/**
 * Says `object.created` for every object under `inbox/` and every completion under `jobs/`: those that are there now,
 * and those that come. Answers with a function that ends the watch.
 */
export const watchStore = async (options: WatchOptions): Promise<() => Promise<void>> => {
  const folders = ['inbox', 'jobs'].map((name) => join(options.root, name));
  const ending = new AbortController();
  const report = reporter(options, ending.signal);
  const lookInto = async (folder: string): Promise<void> => {
    for (const path of await filesBelow(folder)) report(path);
  };
  const lookAfter = async (folder: string, delays: number[]): Promise<void> => {
    for (const delay of delays) if (await pause(delay, ending.signal)) await lookInto(folder);
  };
  // `atomic` would take our `name~/` folders for an editor's backup files.
  const watcher = watchFiles(folders, { persistent: true, atomic: false, ignoreInitial: true })
    .on('add', report)
    .on('change', report)
    .on('addDir', (folder) => void lookAfter(folder, newFolderMs));
  await new Promise<void>((resolve) => watcher.once('ready', resolve));
  const looking = Promise.all(folders.map((folder) => keepLooking(() => lookInto(folder), ending.signal)));
  return async () => {
    ending.abort();
    await Promise.all([watcher.close(), looking]);
  };
};

const keepLooking = async (look: () => Promise<void>, signal: AbortSignal): Promise<void> => {
  do await look();
  while (await pause(lookEveryMs, signal));
};

/** False when `signal` cut it short. */
const pause = (ms: number, signal: AbortSignal): Promise<boolean> => wait(ms, true, { signal }).catch(() => false);

const filesBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
};

/** Announces a file once for each state of it, however often it is reported, as soon as it is complete. */
const reporter = (options: WatchOptions, signal: AbortSignal): ((path: string) => void) => {
  const announced = new Map<string, string>();
  const underWay = new Set<string>();
  const take = async (path: string): Promise<void> => {
    const state = isOurs(path) ? await stateOf(path) : await stateWhenStill(path, signal);
    if (state === null || announced.get(path) === state) return;
    await announce(options, path);
    announced.set(path, state);
  };
  return (path) => {
    if (!isWanted(options.root, path) || underWay.has(path)) return;
    underWay.add(path);
    take(path)
      .catch((error: unknown) =>
        options.log.error({ path, cause: String(error) }, 'A new object could not be announced; it is tried again.'),
      )
      .finally(() => underWay.delete(path));
  };
};

const stateOf = async (path: string): Promise<string | null> => {
  const stats = await stat(path).catch(() => null);
  return stats && `${stats.ino}.${stats.ctimeMs}.${stats.size}`;
};

const stateWhenStill = async (path: string, signal: AbortSignal): Promise<string | null> => {
  for (let before = await stateOf(path); ; ) {
    if (!(await pause(stillForMs, signal))) return null;
    const after = await stateOf(path);
    if (after === null || after === before) return after;
    before = after;
  }
};

const announce = async ({ store, bus, keyOfPath }: WatchOptions, path: string): Promise<void> => {
  const key = keyOfPath(path);
  const info = key === null ? null : await store.head(key);
  if (!info) return;
  const data = { store: store.url, key: info.key, size: info.size, version: info.version };
  await bus.publish([{ name: 'object.created', subject: info.key, data }]);
};
