import * as z from 'zod';
import { Digest, Name, Time } from '../names.ts';

const Count = z.int().nonnegative();
const Share = z.number().nonnegative();

const Spread = z.strictObject({
  a: Share,
  b: Share,
  centre: z.number(),
  spread: z.number().positive(),
  sizes: z.tuple([Share, Share]),
});

const signal = { column: z.string(), metric: z.string() };
/** Ascending: how unusual each calibration window was, scored against the others of its season class. */
const history = { history: z.array(z.number()) };

/** What a signal does when nothing is wrong. `unvaried`: the column held one value in every row of history. */
const SignalNull = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('distance'), ...signal, ...history, null: Spread }),
  z.strictObject({ kind: z.literal('unvaried'), ...signal, ...history }),
  z.strictObject({ kind: z.literal('rate'), ...signal, ...history, between: Share }),
  z.strictObject({ kind: z.literal('loss'), ...signal, ...history, null: Spread }),
]);
export type SignalNull = z.infer<typeof SignalNull>;

/** `t`: the most unusual of the window's signals but the loss; `loss`: how unusual its loss was, null without labels. */
const CalibrationWindow = z.strictObject({ start: Time, rows: Count, t: z.number(), loss: z.number().nullable() });
export type CalibrationWindow = z.infer<typeof CalibrationWindow>;

/**
 * What a champion's windows look like when nothing is wrong, and all that a check needs of them. Its digest
 * (`digestOf`) is its name.
 */
export const calibratedBaseline = <Profile extends z.ZodType>(profile: Profile) =>
  z.strictObject({
    model: Name,
    champion: z.int().positive(),
    bins: Digest,
    season: z.enum(['none', 'hour-of-day', 'day-of-week', 'hour-of-week']),
    rows: Count,
    /** Season class → the sum of its windows, how many they are, and the columns that hold one value in it. */
    classes: z.record(z.string(), z.strictObject({ windows: Count, sum: profile, constant: z.array(z.string()) })),
    signals: z.array(SignalNull),
    calibration: z.array(CalibrationWindow),
  });

export type CalibratedBaseline<Profile> = Omit<z.infer<ReturnType<typeof calibratedBaseline>>, 'classes'> & {
  classes: Record<string, SeasonClass<Profile>>;
};
export type SeasonClass<Profile> = { windows: number; sum: Profile; constant: string[] };
