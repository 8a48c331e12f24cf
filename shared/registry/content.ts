import { createHash } from 'node:crypto';
import { artifactFolder, inboxModels } from '../domain/keys.ts';
import type { Version } from '../domain/version.ts';
import { DriftlessError, isError } from '../kernel/errors.ts';
import { listAll } from '../object-store/list-all.ts';
import type { ObjectStore } from '../object-store/port.ts';

type File = Version['files'][number];

/** Closes a folder: the artifact is complete when this object is there. */
const successMark = '_SUCCESS';

/**
 * Size and SHA-256 of every file at a location (a key, or a prefix ending in `/`), in key order and bounded memory.
 * Throws `not-found` when there is none, `incomplete` when one changed while it was read.
 */
export const readFiles = async (store: ObjectStore, location: string): Promise<File[]> => {
  const files: File[] = [];
  for (const key of await keysAt(store, location))
    files.push({ path: pathIn(location, key), ...(await hashObject(store, key)) });
  if (files.length > 0) return files;
  throw new DriftlessError('not-found', `There is no file at ${location}, so there is nothing to register.`);
};

const keysAt = async (store: ObjectStore, location: string): Promise<string[]> => {
  if (!location.endsWith('/')) return (await store.head(location)) ? [location] : [];
  const objects = await listAll(store, location);
  return objects.map(({ key }) => key).filter((key) => key.split('/').at(-1) !== successMark);
};

const pathIn = (location: string, key: string): string =>
  location.endsWith('/') ? key.slice(location.length) : (key.split('/').at(-1) ?? key);

const hashObject = async (store: ObjectStore, key: string): Promise<Pick<File, 'size' | 'digest'>> => {
  const object = await store.stream(key);
  if (!object) throw changed(key);
  const meter = measure();
  for await (const chunk of object.body) meter.add(chunk);
  const after = await store.head(key);
  if (after?.version !== object.version || after.size !== meter.size()) throw changed(key);
  return { size: meter.size(), digest: meter.digest() };
};

const changed = (key: string): DriftlessError =>
  new DriftlessError('incomplete', `The file ${key} changed while it was being read; it is read again later.`);

const measure = () => {
  const hash = createHash('sha256');
  let size = 0;
  return {
    add: (chunk: Uint8Array) => {
      hash.update(chunk);
      size += chunk.byteLength;
    },
    size: () => size,
    digest: () => hash.digest('hex'),
  };
};

/**
 * Where the version's bytes stay. The inbox belongs to people, who may write over a file: what was dropped there is
 * copied to a folder named by its digest. Anything else is already in a place of its own. Throws `incomplete`.
 */
export const keepFiles = async (
  store: ObjectStore,
  artifact: { model: string; digest: string; files: File[]; location: string },
): Promise<string> => {
  const { model, digest, files, location } = artifact;
  if (!location.startsWith(inboxModels)) return location;
  const folder = artifactFolder(model, digest);
  const isFolder = location.endsWith('/');
  for (const file of files)
    await copyFile(store, isFolder ? location + file.path : location, folder + file.path, file.digest);
  return isFolder ? folder : folder + (files[0]?.path ?? '');
};

const copyFile = async (store: ObjectStore, from: string, to: string, digest: string): Promise<void> => {
  const source = await store.stream(from);
  if (!source) throw changed(from);
  const meter = measure();
  try {
    await store.put(to, metered(source.body, meter), { ifAbsent: true });
  } catch (error) {
    if (!isError(error, 'conflict')) throw error;
    if ((await hashObject(store, to)).digest === digest) return;
    throw changed(from);
  }
  if (meter.digest() === digest) return;
  await store.delete(to);
  throw changed(from);
};

async function* metered(
  body: AsyncIterable<Uint8Array>,
  meter: ReturnType<typeof measure>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    meter.add(chunk);
    yield chunk;
  }
}
