import { DataObject } from '../domain/data-object.ts';
import { dataObjects, labelObjects } from '../domain/keys.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { listAll } from '../object-store/list-all.ts';
import type { ObjectInfo, ObjectStore } from '../object-store/port.ts';
import { readRecord } from '../object-store/records.ts';

/** Every data file of a model that was profiled. One read for each: for rare moments such as a retraining. */
export const readDataObjects = (store: ObjectStore, model: string): Promise<DataObject[]> =>
  readAll(store, dataObjects(model));

/** The same for label files. */
export const readLabelObjects = (store: ObjectStore, model: string): Promise<DataObject[]> =>
  readAll(store, labelObjects(model));

const readAll = async (store: ObjectStore, prefix: string): Promise<DataObject[]> => {
  const items = await listAll(store, prefix);
  const found = await Promise.all(items.map(({ key }) => readRecord(store, key, DataObject)));
  return found.flatMap((record) => (record ? [record.value] : [])).toSorted((a, b) => (a.object < b.object ? -1 : 1));
};

/**
 * Runs `read` on the object as it is now, and answers with what it read and which generation that was. Throws
 * `not-found`, and `incomplete` when the object changed meanwhile: come again.
 */
export const readGeneration = async <Result>(
  store: ObjectStore,
  key: string,
  read: () => Promise<Result>,
): Promise<{ result: Result; info: ObjectInfo }> => {
  const before = await store.head(key);
  if (!before) throw new DriftlessError('not-found', `There is no object ${key} any more.`);
  const result = await read();
  await confirmGeneration(store, before);
  return { result, info: before };
};

/** Throws `incomplete` when the object is no longer the generation that was read: come again. */
export const confirmGeneration = async (store: ObjectStore, { key, version }: ObjectInfo): Promise<void> => {
  const now = await store.head(key);
  if (now?.version === version) return;
  throw new DriftlessError('incomplete', `The object ${key} changed while it was being read; it is read again later.`);
};
