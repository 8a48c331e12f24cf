import * as z from 'zod';
import { Digest, Time } from '../names.ts';

const wagers = [0.2, 0.4, 0.6, 0.8];
/** Keeps M finite while its effect stays under the floor. */
const highestM = 1e12;

/**
 * What a check leaves for the check of the next window. `m`: evidence of a slow shift; `windows` (season class → how
 * many) and `merged` are the windows it was gathered on, null when there are none.
 */
export const slowState = <Profile extends z.ZodType>(profile: Profile) =>
  z.strictObject({
    baseline: Digest,
    start: Time,
    m: z.number().nonnegative(),
    windows: z.record(z.string(), z.int().positive()),
    merged: profile.nullable(),
  });

export type SlowState<Profile> = {
  baseline: string;
  start: string;
  m: number;
  windows: Record<string, number>;
  merged: Profile | null;
};

/** A bet against "nothing is wrong" that pays at most 1 on average when p is uniform. */
export const evidence = (p: number): number =>
  wagers.reduce((sum, kappa) => sum + kappa * p ** (kappa - 1), 0) / wagers.length;

export const noEvidence = <Profile>(baseline: string, start: string): SlowState<Profile> => ({
  baseline,
  start,
  m: 1,
  windows: {},
  merged: null,
});

/**
 * The state that a check may build on: that of an earlier window under the same baseline. A window that comes late is
 * checked on the state of the window before it, and never on one after it.
 */
export const usableState = <Profile>(
  previous: SlowState<Profile> | null,
  baseline: string,
  start: string,
): SlowState<Profile> =>
  previous && previous.baseline === baseline && previous.start < start
    ? { ...previous, start }
    : noEvidence(baseline, start);

/** M = max(M, 1) · evidence(p). The windows merged are those since M was last at most 1. */
export const accumulate = <Profile>(
  state: SlowState<Profile>,
  window: { seasonClass: string; profile: Profile; p: number },
  merge: (profiles: readonly Profile[]) => Profile,
): SlowState<Profile> => {
  const begun = state.m > 1 && state.merged !== null;
  const counts = begun ? state.windows : {};
  return {
    ...state,
    m: Math.min(Math.max(state.m, 1) * evidence(window.p), highestM),
    windows: { ...counts, [window.seasonClass]: (counts[window.seasonClass] ?? 0) + 1 },
    merged: begun && state.merged !== null ? merge([state.merged, window.profile]) : window.profile,
  };
};
