import { basename, join } from 'node:path';
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
const unfinished = /^\.|\.(part|tmp|crdownload)$/i;

/** A revision that the filesystem driver wrote: complete from the moment it is there. */
const isOurs = (path: string): boolean => /~\/[^/]+\/\d+$/.test(path.replaceAll('\\', '/'));

/**
 * Says `object.created` for every object under `inbox/` and every completion under `jobs/`: those that are there now,
 * and those that come. Answers with a function that ends the watch.
 */
export const watchStore = async (options: WatchOptions): Promise<() => Promise<void>> => {
  const { root, log } = options;
  const report = (path: string) => {
    announce(options, path).catch((error: unknown) =>
      log.error(
        { path, cause: String(error) },
        'A new object could not be announced; it is found again at the next start.',
      ),
    );
  };
  // `atomic` would take our `name~/` folders for an editor's backup files.
  const ready = { ignoreInitial: false, persistent: true, atomic: false };
  const [dropped, written] = [
    watchFiles(join(root, 'inbox'), {
      ...ready,
      ignored: (path, stats) => stats?.isFile() === true && (isOurs(path) || unfinished.test(basename(path))),
      awaitWriteFinish: { stabilityThreshold: stillForMs, pollInterval: 200 },
    }),
    watchFiles([join(root, 'inbox'), join(root, 'jobs')], {
      ...ready,
      ignored: (path, stats) => stats?.isFile() === true && !isOurs(path),
    }),
  ];
  for (const watcher of [dropped, written]) watcher.on('add', report).on('change', report);
  await Promise.all(
    [dropped, written].map((watcher) => new Promise<void>((resolve) => watcher.once('ready', resolve))),
  );
  return async () => {
    await Promise.all([dropped.close(), written.close()]);
  };
};

const announce = async ({ store, bus, keyOfPath }: WatchOptions, path: string): Promise<void> => {
  const key = keyOfPath(path);
  if (key === null || (key.startsWith('jobs/') && !key.endsWith('/completion.json'))) return;
  const info = await store.head(key);
  if (!info) return;
  const data = { store: store.url, key, size: info.size, version: info.version };
  await bus.publish([{ name: 'object.created', subject: key, data }]);
};
