import * as z from 'zod';
import { Digest, Time } from './names.ts';
import { WindowProfile } from './window-profile.ts';

/** One generation of an object: which of two is newer is decided by the store's own time. */
const Generation = { object: z.string(), version: z.string(), modifiedAt: Time };

/** A data or label file that was read: which windows its rows fall into, ascending, and how many rows each has. */
export const DataObject = z.strictObject({
  ...Generation,
  windows: z.array(z.strictObject({ start: Time, rows: z.int().nonnegative() })),
});
export type DataObject = z.infer<typeof DataObject>;

/** What one generation of an object contributes to one window. No rows: an older generation had some, this one has none. */
export const WindowPart = z.strictObject({ ...Generation, bins: Digest, profile: WindowProfile });
export type WindowPart = z.infer<typeof WindowPart>;

/**
 * True unless `b` is surely a later generation than `a`. Stores tell time in seconds or milliseconds, so two
 * generations can be of one moment: whoever writes then looks afterwards whether its own is still the object's.
 */
export const isAsNew = (a: { modifiedAt: string }, b: { modifiedAt: string } | null): boolean =>
  b === null || a.modifiedAt >= b.modifiedAt;

/** The objects all of whose rows lie before `time`. */
export const endingBefore = (objects: DataObject[], time: string): DataObject[] =>
  objects.filter(({ windows }) => windows.length > 0 && windows.every(({ start }) => start < time));

/** The objects with a row in any of the windows. */
export const touching = (objects: DataObject[], starts: string[]): DataObject[] =>
  objects.filter(({ windows }) => windows.some(({ start, rows }) => rows > 0 && starts.includes(start)));

/** The windows that hold rows in any of the objects, ascending. */
export const windowsOf = (objects: DataObject[]): string[] =>
  [
    ...new Set(objects.flatMap(({ windows }) => windows.filter(({ rows }) => rows > 0).map(({ start }) => start))),
  ].toSorted();
