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
/** Watching alone misses a file now and then, in a folder that was made a moment before it. */
const lookEveryMs = 10_000;
const unfinished = /^\.|\.(part|tmp|crdownload)$/i;

/** A revision that the filesystem driver wrote: complete from the moment it is there. */
const isOurs = (path: string): boolean => /~\/[^/]+\/\d+$/.test(path.replaceAll('\\', '/'));

/** A person's file that may be complete, or a revision of ours. */
const isWanted = (path: string): boolean => isOurs(path) || !unfinished.test(basename(path));

/**
 * Says `object.created` for every object under `inbox/` and every completion under `jobs/`: those that are there now,
 * and those that come. Answers with a function that ends the watch.
 */
export const watchStore = async (options: WatchOptions): Promise<() => Promise<void>> => {
  const { root, log } = options;
  const inbox = join(root, 'inbox');
  const announced = new Map<string, string>();
  const report = (path: string): Promise<void> =>
    announceOnce(options, announced, path).catch((error: unknown) => {
      announced.delete(path);
      log.error({ path, cause: String(error) }, 'A new object could not be announced; it is tried again.');
    });
  const onFile = (path: string): void => void report(path);

  // `atomic` would take our `name~/` folders for an editor's backup files.
  const always = { persistent: true, atomic: false };
  const [dropped, written] = [
    watchFiles(inbox, {
      ...always,
      ignoreInitial: true,
      ignored: (path, stats) => stats?.isFile() === true && (isOurs(path) || !isWanted(path)),
      awaitWriteFinish: { stabilityThreshold: stillForMs, pollInterval: 200 },
    }),
    watchFiles([inbox, join(root, 'jobs')], {
      ...always,
      ignoreInitial: false,
      ignored: (path, stats) => stats?.isFile() === true && !isOurs(path),
    }),
  ];
  for (const watcher of [dropped, written]) watcher.on('add', onFile).on('change', onFile);
  await Promise.all(
    [dropped, written].map((watcher) => new Promise<void>((resolve) => watcher.once('ready', resolve))),
  );
  const ending = new AbortController();
  const looking = lookAgainAndAgain(inbox, report, ending.signal);
  return async () => {
    ending.abort();
    await Promise.all([dropped.close(), written.close(), looking]);
  };
};

/** Reports what is there and still: at once, and then now and again. Ends when `signal` says so. */
const lookAgainAndAgain = async (
  folder: string,
  report: (path: string) => Promise<void>,
  signal: AbortSignal,
): Promise<void> => {
  for (;;) {
    const before = await look(folder);
    await wait(stillForMs, undefined, { signal }).catch(ignoreEnd);
    if (signal.aborted) return;
    for (const [path, state] of await look(folder)) if (before.get(path) === state) await report(path);
    await wait(lookEveryMs, undefined, { signal }).catch(ignoreEnd);
    if (signal.aborted) return;
  }
};

const ignoreEnd = (): void => {};

/** The files below a folder, each with what changes when it does. */
const look = async (folder: string): Promise<Map<string, string>> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = new Map<string, string>();
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const state = entry.isFile() && isWanted(path) ? await stateOf(path) : null;
    if (state !== null) files.set(path, state);
  }
  return files;
};

const stateOf = async (path: string): Promise<string | null> => {
  const stats = await stat(path).catch(() => null);
  return stats && `${stats.ino}.${stats.ctimeMs}.${stats.size}`;
};

const announceOnce = async (options: WatchOptions, announced: Map<string, string>, path: string): Promise<void> => {
  const state = await stateOf(path);
  if (state === null || announced.get(path) === state) return;
  announced.set(path, state);
  await announce(options, path);
};

const announce = async ({ store, bus, keyOfPath }: WatchOptions, path: string): Promise<void> => {
  const key = keyOfPath(path);
  if (key === null || (key.startsWith('jobs/') && !key.endsWith('/completion.json'))) return;
  const info = await store.head(key);
  if (!info) return;
  const data = { store: store.url, key, size: info.size, version: info.version };
  await bus.publish([{ name: 'object.created', subject: key, data }]);
};
