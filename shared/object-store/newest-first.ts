import { DriftlessError } from '../kernel/errors.ts';
import type { ObjectPage, ObjectStore } from './port.ts';

/**
 * Clouds list in ascending order only, so what should come newest first is keyed by an inverted, zero-padded number.
 * It is cut into short segments: a page costs the folders it walks, so no folder of a file system may hold many names.
 */
const invert = (value: number, widths: readonly number[]): string => {
  const digits = widths.reduce((sum, width) => sum + width, 0);
  const inverted = String(10 ** digits - 1 - value).padStart(digits, '0');
  let from = 0;
  return widths.map((width) => inverted.slice(from, (from += width))).join('/');
};

const numberWidths = [2, 2, 2, 2];
/** The last folder spans ten seconds. */
const timeWidths = [4, 2, 2, 2, 4];

/** `value` 0 to 99 999 999. */
export const descendingNumber = (value: number): string => invert(value, numberWidths);
/** The inverse of `descendingNumber`. */
export const ascendingNumber = (text: string): number => 10 ** 8 - 1 - Number(text.replaceAll('/', ''));
/** Milliseconds since 1970, to the year 5138. */
export const descendingTime = (milliseconds: number): string => invert(milliseconds, timeWidths);

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
