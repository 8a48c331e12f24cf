import type { BinSet } from '../domain/bins.ts';
import type { Manifest } from '../domain/model.ts';
import { durationMs } from '../domain/names.ts';
import { defaultErrorUnit, namedLimit } from '../domain/performance.ts';
import { DriftlessError } from '../kernel/errors.ts';
import type { PerformanceRequest } from '../tables/port.ts';

/**
 * What a model's realised performance is measured by. The frozen bin set names the groups, the classes and the unit of
 * errors, so that the sums of all windows add; with another bin set they do not. Throws `invalid-input` for a manifest
 * that names no label, or no output of the model.
 */
export const performanceRequest = ({ task, data, monitor }: Manifest, bins: BinSet | null): PerformanceRequest => {
  const { predictionId, timestamp, label, score = null, prediction = null } = data;
  const output = prediction ?? (task === 'multiclass' ? null : score);
  if (task === 'none' || label === undefined || output === null) {
    throw new DriftlessError(
      'invalid-input',
      'Performance needs a task, a label column and a score or prediction column in the manifest.',
    );
  }
  const groups = Object.fromEntries(data.groups.map((column) => [column, namedValues(bins, column)]));
  const common = { predictionId, timestamp, label, windowMs: durationMs(monitor.window), groups };
  if (task === 'binary') return { ...common, task, score, prediction };
  if (task === 'multiclass') {
    const classes = namedValues(bins, bins?.columns[label] ? label : output);
    return { ...common, task, score: null, prediction: output, classes: classes.map(wholeNumber) };
  }
  const known = bins?.columns[output];
  const unit = known?.kind === 'numeric' ? known.unit : defaultErrorUnit;
  return { ...common, task, score: null, prediction: output, unit };
};

/** The commonest values; none of a numeric column. */
const namedValues = (bins: BinSet | null, column: string): string[] => {
  const known = bins?.columns[column];
  return known?.kind === 'category' ? known.values.slice(0, namedLimit) : [];
};

/** Classes are compared as the reader writes whole numbers, whatever type their columns have. */
const wholeNumber = (text: string): string => text.replace(/^(-?\d+)\.0+$/, '$1');
