import type { BinSet, WindowProfile } from '../domain/profile.ts';

/**
 * Reading the rows of data files as counts: the one place where rows are read. The driver is DuckDB and only
 * profile-data opens it. Files are store keys; Parquet, CSV and JSON Lines, told by the key's ending.
 *
 * Errors: `unreadable` (names file and cause), `invalid-input` (a column is lacking or of another type, by name),
 * `not-found`, `unavailable`.
 */
export type TableReader = {
  /** Cells for the named columns, learnt from one file: quantile edges of numbers, the commonest values of the rest. */
  learnBins(key: string, columns: string[]): Promise<BinSet>;

  /** One pass over the file: counts in the bin set's cells, a profile for each window, ascending. */
  profile(key: string, request: ProfileRequest): Promise<WindowProfile[]>;

  /** Predictions joined with labels on the prediction id, the label's time giving the window; ascending. */
  losses(predictions: string[], labels: string[], request: LossRequest): Promise<WindowLoss[]>;
};

/** `timestamp`: the column that places a row in a window; windows are aligned to 1970-01-01 UTC. */
export type ProfileRequest = { timestamp: string; windowMs: number; bins: BinSet };

export type LossRequest = { predictionId: string; timestamp: string; score: string; label: string; windowMs: number };

/** Sum of −ln p(label) over `rows` joined rows, in millionths (p clipped to [1e-6, 1−1e-6]), so that sums are exact. */
export type WindowLoss = { windowStart: string; rows: number; logLossMicro: number };
