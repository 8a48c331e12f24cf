import { DriftlessError } from '../kernel/errors.ts';
import type { ObjectPage, ObjectStore } from './port.ts';

/**
 * Clouds list in ascending order only, so what should come newest first is keyed by an inverted, zero-padded number.
 * It is cut into segments of three digits, so that no folder of a file system holds more than a thousand names.
 */
const invert = (value: number, digits: number): string => {
  const inverted = String(10 ** digits - 1 - value).padStart(digits, '0');
  return (inverted.match(/.{1,3}/g) ?? []).join('/');
};

/** `value` 0 to 999 999 999. */
export const descendingNumber = (value: number): string => invert(value, 9);
/** The inverse of `descendingNumber`. */
export const ascendingNumber = (text: string): number => 10 ** 9 - 1 - Number(text.replaceAll('/', ''));
/** Milliseconds since 1970, to the year 33658; one folder a second. */
export const descendingTime = (milliseconds: number): string => invert(milliseconds, 15);

export const pageLimit = 100;

/** A cursor is the last key of a page, opaque to clients. */
export const pageOfKeys = async (
  store: ObjectStore,
  prefix: string,
  { cursor, limit = pageLimit }: { cursor?: string | undefined; limit?: number | undefined },
): Promise<{ keys: string[]; next: string | null }> => {
  const after = cursor === undefined ? undefined : openCursor(cursor, prefix);
  const page: ObjectPage = await store.list(prefix, { limit, ...(after === undefined ? {} : { after }) });
  return {
    keys: page.items.map((item) => item.key),
    next: page.next === undefined ? null : sealCursor(page.next, prefix),
  };
};

const sealCursor = (key: string, prefix: string): string => Buffer.from(key.slice(prefix.length)).toString('base64url');

const openCursor = (cursor: string, prefix: string): string => {
  const rest = Buffer.from(cursor, 'base64url').toString();
  if (rest === '' || sealCursor(prefix + rest, prefix) !== cursor)
    throw new DriftlessError('invalid-input', 'The cursor is not one of this list; begin again without it.');
  return prefix + rest;
};
