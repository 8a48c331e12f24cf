/**
 * What the calibrated check asks of a profile format: everything else about profiles is unknown to it. Every number
 * returned must be finite; a merge must not depend on the order.
 */
export type Scorer<Profile> = {
  /** How far one column's values are from the reference's: W1/sd, KS, total variation; predictions likewise. */
  distances: readonly Distance<Profile>[];
  /** How many rows have a property that is a fault in itself: a missing value, an unseen category. */
  rates: readonly Rate<Profile>[];
  /** Realised performance; null for a model without labels. */
  loss: Loss<Profile> | null;
  rows(profile: Profile): number;
  /** The sum of at least one profile. */
  merge(profiles: readonly Profile[]): Profile;
  /** `sum` without one of its parts. When lacking, the other parts are merged instead, which takes k² merges. */
  subtract?(sum: Profile, part: Profile): Profile;
};

type Named = { column: string; metric: string };

export type Distance<Profile> = Named & {
  /** Zero for equal shares, never negative; in sd for `wasserstein:std`, else a share of rows. */
  score(reference: Profile, window: Profile): number;
  /** The one value that all rows of the profile hold, or null when they differ. */
  onlyValue(profile: Profile): string | null;
};

export type Rate<Profile> = Named & {
  /** How many of the profile's rows: an integer. */
  count(profile: Profile): number;
};

export type Loss<Profile> = {
  metric: string;
  /** Mean loss over the labelled rows, higher being worse; null before any label is in. */
  of(profile: Profile): { rows: number; mean: number } | null;
};
