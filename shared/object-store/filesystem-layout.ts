import { lstat, readdir, realpath } from 'node:fs/promises';
import type { BigIntStats, Dirent } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { orAbsent } from './filesystem-errors.ts';
import { decodeContinuation, decodeSegment, encodeSegment } from './segments.ts';

/**
 * Where a key lies below the root. `a/b` written by us is the folder `a/b~/`; its parents are plain folders, so `a/b/c`
 * fits beside it. A plain file `a/b`, as people drop it, is the object `a/b` too, and may have any name a file can have.
 */
export const temporaryFolder = '.tmp';

export const objectFolder = (root: string, key: string): string =>
  `${join(root, ...key.split('/').flatMap(encodeSegment))}~`;

/** Names that people gave: taken as they are, unless they mean something to us or could lead elsewhere. */
const isRawName = (name: string): boolean =>
  !['', '.', '..'].includes(name) && !/[/\0]|~$/.test(name) && decodeSegment([name]) === null;

const segmentOfName = (name: string): string | null => decodeSegment([name]) ?? (isRawName(name) ? name : null);

/** The paths a segment can have in a folder: ours first. */
const pathsIn = (root: string, folder: string, segment: string): string[] => {
  const ours = join(folder, ...encodeSegment(segment));
  const isTemporary = folder === root && segment === temporaryFolder;
  return isRawName(segment) && !isTemporary ? [ours, join(folder, segment)] : [ours];
};

/** The folders that may hold keys below these segments: more than one where people made folders beside ours. */
export const foldersOf = async (root: string, segments: string[]): Promise<string[]> => {
  let folders = [root];
  for (const segment of segments) {
    const candidates = folders.flatMap((folder) => pathsIn(root, folder, segment));
    folders = candidates.length === 1 ? candidates : await existing(candidates);
  }
  return folders;
};

const existing = async (paths: string[]): Promise<string[]> => {
  const stats = await Promise.all(paths.map((path) => orAbsent(lstat(path))));
  return paths.filter((_path, index) => stats[index]?.isDirectory());
};

export type PlainFile = { path: string; version: string };

/** The file that a person dropped under this key, or null. No symbolic link is followed, wherever it leads. */
export const findPlainFile = async (root: string, key: string): Promise<PlainFile | null> => {
  const segments = key.split('/');
  const name = segments.pop() ?? '';
  for (const folder of await foldersOf(root, segments)) {
    for (const path of pathsIn(root, folder, name)) {
      const stats = await orAbsent(lstat(path, { bigint: true }));
      if (stats?.isFile() && (await isExactPath(path))) return { path, version: plainVersion(stats) };
    }
  }
  return null;
};

/** Also false when the file system only took the name for another: folded its case, say, or normalised it. */
const isExactPath = async (path: string): Promise<boolean> => (await orAbsent(realpath(path))) === path;

const plainVersion = (stats: BigIntStats): string => `file.${stats.ino}.${stats.mtimeNs}.${stats.size}`;

/** What a name in a folder stands for. `text` is the segment, or for a continuation the beginning of one. */
export type NameMeaning = { kind: 'object' | 'folder' | 'continuation'; text: string };

/** `parts` are the continuation names that lead to this folder from the one where its segment began. */
export const meaningOfName = (name: string, isFolder: boolean, parts: string[]): NameMeaning | null => {
  const whole = (last: string): string | null =>
    parts.length > 0 ? decodeSegment([...parts, last]) : segmentOfName(last);
  const isOurs = isFolder && name.endsWith('~');
  const continued = isFolder ? decodeContinuation(name) : null;
  if (continued !== null) return { kind: 'continuation', text: parts.map(decodeContinuation).join('') + continued };
  const text = isOurs ? decodeSegment([...parts, name.slice(0, -1)]) : whole(name);
  return text === null ? null : { kind: isOurs || !isFolder ? 'object' : 'folder', text };
};

/** The entries of a folder, or none when it is gone or no folder. */
export const entriesOf = async (folder: string): Promise<Dirent[]> =>
  (await orAbsent(readdir(folder, { withFileTypes: true }))) ?? [];

/**
 * The key of a file that a watcher of the root reports, by its absolute path: a revision of an object or a plain file;
 * null for folders' own bookkeeping and temporary files.
 */
export const keyOfPath = (root: string, path: string): string | null => {
  const names = relative(root, path).split(sep);
  if (names[0] === temporaryFolder || names[0] === '..' || names[0] === '') return null;
  const object = names.findIndex((name) => name.endsWith('~'));
  const isRevision = object === names.length - 3 && /^[1-9]\d*$/.test(names.at(-1) ?? '');
  if (object !== -1 && !isRevision) return null;
  const own = object === -1 ? names : names.slice(0, object + 1);
  return keyOfNames(own, object !== -1);
};

const keyOfNames = (names: string[], isOurs: boolean): string | null => {
  const segments: string[] = [];
  let parts: string[] = [];
  for (const [index, name] of names.entries()) {
    const meaning = meaningOfName(name, isOurs || index < names.length - 1, parts);
    if (!meaning) return null;
    if (meaning.kind === 'continuation') parts.push(name);
    else {
      segments.push(meaning.text);
      parts = [];
    }
  }
  return parts.length === 0 ? segments.join('/') : null;
};
