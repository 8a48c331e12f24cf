import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseDocument } from '../config.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { listAll } from '../object-store/list-all.ts';
import type { ObjectStore } from '../object-store/port.ts';

/** A YAML or JSON file. Throws `not-found`, `invalid-input`. */
export const readDocument = async (file: string): Promise<unknown> => {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new DriftlessError('not-found', `The file ${file} cannot be read.`, { cause });
  });
  return withSource(parseDocument(text, file), dirname(resolve(file)));
};

/** The manifests of a file, or of a folder's YAML and JSON files that name a model. */
export const readManifests = async (path: string): Promise<{ file: string; document: unknown }[]> => {
  const info = await stat(path).catch(() => null);
  if (!info?.isDirectory()) return [{ file: path, document: await readDocument(path) }];
  const names = (await readdir(path)).filter((name) => /\.(ya?ml|json)$/i.test(name)).toSorted();
  const files = names.map((name) => join(path, name));
  const documents = await Promise.all(files.map(async (file) => ({ file, document: await readDocument(file) })));
  const manifests = documents.filter(({ document }) => isObject(document) && 'model' in document && 'task' in document);
  if (manifests.length > 0) return manifests;
  throw new DriftlessError(
    'not-found',
    `The folder ${path} holds no manifest, which is a YAML file with model and task.`,
  );
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `source: .` means beside the file that says so, wherever the command runs. */
const withSource = (document: unknown, folder: string): unknown => {
  if (!isObject(document)) return document;
  const { source, train, predict } = document;
  return {
    ...document,
    ...(typeof source === 'string' ? { source: absolute(source, folder) } : {}),
    ...(isObject(train) ? { train: withSource(train, folder) } : {}),
    ...(isObject(predict) ? { predict: withSource(predict, folder) } : {}),
  };
};

const absolute = (source: string, folder: string): string =>
  /^\.{1,2}(\/|$)/.test(source) ? resolve(folder, source) : source;

/**
 * Copies files and folders into the store under `prefix`. Answers with the artifact's location: the one file's key, or
 * the prefix.
 */
export const uploadArtifact = async (store: ObjectStore, paths: string[], prefix: string): Promise<string> => {
  const files = (await Promise.all(paths.map(filesAt))).flat();
  const [only] = files;
  if (!only) throw new DriftlessError('not-found', `There is no file at ${paths.join(', ')}.`);
  for (const { path, name } of files) await store.put(prefix + name, createReadStream(path));
  const isFile = files.length === 1 && paths.length === 1 && (await stat(paths[0] ?? '')).isFile();
  return isFile ? prefix + only.name : prefix;
};

/** Takes an upload back whose content was known already. */
export const removeUpload = async (store: ObjectStore, prefix: string): Promise<void> => {
  for (const { key } of await listAll(store, prefix)) await store.delete(key);
};

const filesAt = async (path: string): Promise<{ path: string; name: string }[]> => {
  const info = await stat(path).catch((cause: unknown) => {
    throw new DriftlessError('not-found', `There is no file or folder ${path}.`, { cause });
  });
  if (!info.isDirectory()) return [{ path, name: basename(path) }];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: file, name: file.slice(join(path, '/').length).replaceAll('\\', '/') }));
};
