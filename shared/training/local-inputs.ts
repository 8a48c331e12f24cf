import { constants, createWriteStream } from 'node:fs';
import { cp, mkdir, stat, symlink } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { ObjectStore } from '../object-store/port.ts';
import { RunFailure } from './local-runs.ts';

export type Staging = { store: () => Promise<ObjectStore>; signal: AbortSignal };

/**
 * Where an input or source is: `file:` URLs and paths that begin with `/`, `./` or `../` are on this machine, other
 * texts are store keys. `foreign` is any other URL.
 */
export const inputPlace = (input: string): 'path' | 'key' | 'foreign' => {
  if (input.startsWith('file:') || /^\.{0,2}\//.test(input)) return 'path';
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(input) ? 'foreign' : 'key';
};

/** Puts one channel's inputs into `folder`. Throws `RunFailure('input')` that names what is missing. */
export const stageChannel = async (inputs: string | string[], folder: string, staging: Staging): Promise<void> => {
  await mkdir(folder, { recursive: true });
  const taken = new Set<string>();
  for (const input of [inputs].flat()) {
    if (inputPlace(input) === 'path') await stagePath(localPath(input), folder, taken);
    else if (input.endsWith('/')) await stagePrefix(input, folder, staging);
    else await stageKey(input, join(folder, freeName(basename(input), taken)), staging);
  }
};

const notSource = new Set(['node_modules', '.git', '.venv', '__pycache__']);

/**
 * The script's folder. Installed packages are not copied: the nearest `node_modules` is linked beside the script, so
 * that it finds what it finds at home. Throws `RunFailure('input')`.
 */
export const stageSource = async (source: string, folder: string, staging: Staging): Promise<void> => {
  if (inputPlace(source) !== 'path') return stageChannel(source, folder, staging);
  const home = localPath(source);
  if (!(await stat(home).catch(() => null)))
    throw new RunFailure('input', `The source ${home} is not on this machine.`);
  await cp(home, folder, { recursive: true, filter: (path) => !notSource.has(basename(path)) });
  const modules = await nearestModules(home);
  if (modules !== null) await symlink(modules, join(folder, 'node_modules'), 'dir');
};

const nearestModules = async (folder: string): Promise<string | null> => {
  const modules = join(folder, 'node_modules');
  if (await stat(modules).catch(() => null)) return modules;
  return dirname(folder) === folder ? null : nearestModules(dirname(folder));
};

const localPath = (input: string): string => (input.startsWith('file:') ? fileURLToPath(input) : resolve(input));

/** A folder's contents, or one file under its own name. */
const stagePath = async (path: string, folder: string, taken: Set<string>): Promise<void> => {
  const info = await stat(path).catch(() => null);
  if (!info) throw new RunFailure('input', `The input ${path} is not on this machine.`);
  const target = info.isDirectory() ? folder : join(folder, freeName(basename(path), taken));
  await cp(path, target, { recursive: true, mode: constants.COPYFILE_FICLONE });
};

const stagePrefix = async (prefix: string, folder: string, staging: Staging): Promise<void> => {
  const store = await staging.store();
  let found = 0;
  let after: string | undefined;
  do {
    const page = await store.list(prefix, { signal: staging.signal, ...(after === undefined ? {} : { after }) });
    for (const { key } of page.items) await stageKey(key, inside(folder, key.slice(prefix.length)), staging);
    found += page.items.length;
    after = page.next;
  } while (after !== undefined);
  if (found === 0) throw new RunFailure('input', `The store has no key that begins with ${prefix}.`);
};

const stageKey = async (key: string, file: string, { store, signal }: Staging): Promise<void> => {
  const object = await (await store()).stream(key, { signal });
  if (!object) throw new RunFailure('input', `The input ${key} is not in the store.`);
  await mkdir(dirname(file), { recursive: true });
  await pipeline(object.body, createWriteStream(file), { signal });
};

/** A key may hold `..`; a file must stay in its folder. */
const inside = (folder: string, relativeKey: string): string => {
  const file = resolve(folder, relativeKey);
  if (!file.startsWith(folder + sep)) throw new RunFailure('input', `The key …${relativeKey} would leave its folder.`);
  return file;
};

/** Inputs of one channel may share a base name: the second `data.csv` is `data-2.csv`. */
const freeName = (name: string, taken: Set<string>): string => {
  const extension = extname(name);
  let free = name;
  for (let n = 2; taken.has(free); n += 1) free = `${name.slice(0, name.length - extension.length)}-${n}${extension}`;
  taken.add(free);
  return free;
};
