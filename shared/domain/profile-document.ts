import * as z from 'zod';
import { BinSet } from './bins.ts';
import { mergeWindowProfiles, WindowProfile } from './window-profile.ts';

/** What `driftless profile` writes: cells, and what files hold in them. Reads as a reference wherever a file does. */
export const ProfileDocument = z.strictObject({
  kind: z.literal('driftless-profile'),
  rows: z.int().nonnegative(),
  /** Rows without a readable time, which are in no window. */
  untimed: z.int().nonnegative(),
  bins: BinSet,
  windows: z.array(WindowProfile),
});
export type ProfileDocument = z.infer<typeof ProfileDocument>;

/** One profile for each window start, ascending. */
export const mergeByWindow = (profiles: WindowProfile[]): WindowProfile[] =>
  [...Map.groupBy(profiles, ({ windowStart }) => windowStart)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, parts]) => mergeWindowProfiles(parts));
