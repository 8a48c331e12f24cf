import type * as z from 'zod';
import { DriftlessError, isError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import type { ObjectStore } from './port.ts';

/** The format of every record that this Driftless writes. Older ones are read, newer ones refused. */
export const recordFormat = 1;

/**
 * A record as stored. `revision` is fresh with every write, because an ETag can repeat (A→B→A); `recent` holds the
 * revisions before it, so that a writer whose answer was lost can tell that its write happened and was written over.
 */
type Envelope = { format: number; revision: string; recent: string[]; record: unknown };

const recentRevisions = 32;
const updateAttempts = 64;

export type Stored<Value> = { value: Value; version: string };

/** What a record call needs: the store, and ids for fresh revisions. */
export type RecordPorts = { store: ObjectStore; ids: Ids };

/** The record, or null. Throws `newer-format`, or `unreadable` when it is not a record of this schema. */
export const readRecord = async <Schema extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: Schema,
): Promise<Stored<z.infer<Schema>> | null> => {
  const found = await readEnvelope(store, key);
  return found && { value: valid(schema, found.envelope.record, key), version: found.version };
};

/**
 * The record, or null also when this Driftless cannot read it: for what goes through many records, of which a single
 * bad one must not hold up the others. It stays where it is, for a newer Driftless or a person.
 */
export const readRecordIfReadable = async <Schema extends z.ZodType>(
  { store, log }: { store: ObjectStore; log?: Log },
  key: string,
  schema: Schema,
): Promise<Stored<z.infer<Schema>> | null> => {
  try {
    return await readRecord(store, key, schema);
  } catch (error) {
    if (!isError(error, 'unreadable', 'newer-format')) throw error;
    log?.error({ key, code: error.code }, `A record is passed over. ${error.message}`);
    return null;
  }
};

/** Creates the record. False when the key is taken: a claim is lost without an error. */
export const createRecord = async <Schema extends z.ZodType>(
  { store, ids }: RecordPorts,
  key: string,
  schema: Schema,
  value: z.input<Schema>,
): Promise<boolean> => {
  const envelope = seal(ids, [], valid(schema, value, key));
  try {
    await store.put(key, JSON.stringify(envelope), { ifAbsent: true, contentType: 'application/json' });
    return true;
  } catch (error) {
    if (isError(error, 'conflict')) return wrote(await readEnvelope(store, key), envelope.revision);
    if (!isError(error, 'unavailable')) throw error;
    if (wrote(await readEnvelope(store, key), envelope.revision)) return true;
    throw error;
  }
};

/**
 * Changes the record by compare-and-swap until it holds. `change` sees the record (null: absent) and returns the next
 * one, or the same object to leave it as it is; it may run several times. Throws what `change` throws, and
 * `unavailable` when others keep winning.
 */
export const updateRecord = async <Schema extends z.ZodType>(
  { store, ids }: RecordPorts,
  key: string,
  schema: Schema,
  change: (current: z.infer<Schema> | null) => z.input<Schema> | null,
): Promise<z.infer<Schema>> => {
  const tried: Envelope[] = [];
  for (;;) {
    const found = await readEnvelope(store, key);
    const landed = tried.find(({ revision }) => wrote(found, revision));
    if (landed) return landed.record as z.infer<Schema>;
    if (tried.length === updateAttempts)
      throw new DriftlessError('unavailable', `The record ${key} is being changed by many writers; try again.`);
    const current = found ? valid(schema, found.envelope.record, key) : null;
    const next = change(current);
    if (next === null) throw new DriftlessError('not-found', `There is no record ${key}.`);
    if (next === current) return current;
    const envelope = seal(
      ids,
      found ? [found.envelope.revision, ...found.envelope.recent] : [],
      valid(schema, next, key),
    );
    if (await swap(store, key, envelope, found?.version)) return envelope.record as z.infer<Schema>;
    tried.push(envelope);
  }
};

/** False when the store refused, or did not answer: the write may have happened, or may yet, so the next read tells. */
const swap = async (store: ObjectStore, key: string, envelope: Envelope, version?: string): Promise<boolean> => {
  const condition = version === undefined ? { ifAbsent: true as const } : { ifVersion: version };
  try {
    await store.put(key, JSON.stringify(envelope), { ...condition, contentType: 'application/json' });
    return true;
  } catch (error) {
    if (isError(error, 'conflict', 'unavailable')) return false;
    throw error;
  }
};

type Found = { envelope: Envelope; version: string };

const wrote = (found: Found | null, revision: string): boolean =>
  found !== null && (found.envelope.revision === revision || found.envelope.recent.includes(revision));

const seal = (ids: Ids, recent: string[], record: unknown): Envelope => ({
  format: recordFormat,
  revision: ids.next().slice(0, 12),
  recent: recent.slice(0, recentRevisions),
  record,
});

const readEnvelope = async (store: ObjectStore, key: string): Promise<Found | null> => {
  const object = await store.get(key);
  return object && { envelope: openEnvelope(Buffer.from(object.body).toString(), key), version: object.version };
};

const openEnvelope = (text: string, key: string): Envelope => {
  let envelope: Partial<Envelope> | null;
  try {
    envelope = JSON.parse(text) as Partial<Envelope> | null;
  } catch (cause) {
    throw new DriftlessError('unreadable', `The record ${key} is not JSON; restore it from a copy.`, { cause });
  }
  if (typeof envelope?.format !== 'number' || typeof envelope.revision !== 'string' || !Array.isArray(envelope.recent))
    throw new DriftlessError('unreadable', `The object ${key} is not a record of Driftless.`);
  if (envelope.format > recordFormat)
    throw new DriftlessError(
      'newer-format',
      `The record ${key} has format ${envelope.format}; this Driftless knows up to ${recordFormat}. Update Driftless.`,
    );
  return envelope as Envelope;
};

const valid = <Schema extends z.ZodType>(schema: Schema, value: unknown, key: string): z.infer<Schema> => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new DriftlessError('unreadable', `The record ${key} does not hold what it should: ${fields}.`, {
    cause: result.error,
  });
};
