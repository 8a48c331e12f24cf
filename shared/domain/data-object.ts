import * as z from 'zod';
import { Digest, Time } from './names.ts';
import { WindowProfile } from './profile.ts';

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

type Generated = { version: string; modifiedAt: string };

/** True when `a` is the same generation as `b`, or a later one. */
export const isAsNew = (a: Generated, b: Generated | null): boolean =>
  b === null || a.modifiedAt > b.modifiedAt || (a.modifiedAt === b.modifiedAt && a.version >= b.version);

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
