import type { BinSet, Outcome } from '../domain/bins.ts';
import type { WindowPerformance } from '../domain/performance.ts';
import type { WindowProfile } from '../domain/window-profile.ts';

/**
 * Reading the rows of data files as counts: the one place where rows are read. The driver is DuckDB and only
 * profile-data opens it. Files are store keys; Parquet, CSV and JSON Lines, told by the key's ending.
 *
 * Errors: `unreadable` (names file and cause), `invalid-input` (a column is lacking or of another type, by name),
 * `not-found`, `unavailable`.
 */
export type TableReader = {
  /** The cells of the named columns, learnt from one file whatever the order of its rows. */
  learn(key: string, request: LearnRequest): Promise<BinSet>;

  /** One pass over the file: its rows by window and cell. */
  count(key: string, request: CountRequest): Promise<CountedFile>;

  /**
   * Predictions joined with labels of other files on the prediction id, the label's time giving the window. The last
   * prediction and the last label of an id count, by the order of files, then of rows; a null label says nothing.
   */
  performance(predictions: string[], labels: string[], request: PerformanceRequest): Promise<LabelledPerformance>;
};

/**
 * Column names, and what is counted by name. `groups`: columns of the prediction files, with the values that have sums
 * of their own. `unit`: the fixed point of a regression's errors, frozen for the model.
 */
export type PerformanceRequest = {
  predictionId: string;
  timestamp: string;
  label: string;
  windowMs: number;
  groups: Record<string, string[]>;
} & (
  | { task: 'binary'; score: string | null; prediction: string | null }
  | { task: 'multiclass'; score: null; prediction: string; classes: string[] }
  | { task: 'regression'; score: null; prediction: string; unit: number }
);

/**
 * `windows` ascend. `unknownIds`: labelled ids without a prediction; `repeatedPredictions` and `repeatedLabels`: rows
 * that a later one of the same id replaced.
 */
export type LabelledPerformance = {
  windows: WindowPerformance[];
  unknownIds: number;
  repeatedPredictions: number;
  repeatedLabels: number;
  unusable: UnusableRows[];
};

/** Rows of a file whose value in the column is none; `firstRow` counts from 1. */
export type UnusableRows = { file: string; column: string; rows: number; firstRow: number };

/**
 * `columns` null: every column of the file. A type that is not stated is inferred. `outcome` columns are learnt as
 * well. `resolution`: cells of equal weight for each column (default: by the number of columns, 1000 at most).
 */
export type LearnRequest = { columns: ColumnRequest[] | null; outcome?: Outcome; resolution?: number };
export type ColumnRequest = { name: string; type?: 'numeric' | 'category' | 'boolean' | 'timestamp' };

/**
 * `timestamp`: the column that places a row in a window, windows being aligned to 1970-01-01 UTC; null: all rows are of
 * one window, which starts in 1970. A label column may be lacking.
 */
export type CountRequest = {
  timestamp: string | null;
  windowMs: number;
  bins: BinSet;
  predictionId?: string;
};

/** `untimed`: rows without a readable time, which no window counts; `first` is the number of the first one, from 1. */
export type CountedFile = {
  rows: number;
  untimed: { rows: number; first: number } | null;
  /** How many rows have a prediction id that an earlier row has; null when no id column was named. */
  repeatedIds: number | null;
  windows: WindowProfile[];
};
