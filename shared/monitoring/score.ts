import { Evaluation } from '../domain/evaluation.ts';
import type { WindowLoss } from '../domain/gate.ts';
import { Job } from '../domain/job-record.ts';
import * as keys from '../domain/keys.ts';
import type { Manifest } from '../domain/model.ts';
import { durationMs } from '../domain/names.ts';
import type { WindowPerformance } from '../domain/performance.ts';
import type { Retraining } from '../domain/retraining.ts';
import { DriftlessError, errorTable, isError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import { listAll } from '../object-store/list-all.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { createRecord, readRecord } from '../object-store/records.ts';
import { findDeclared } from '../registry/models.ts';
import type { PerformanceRequest, TableReader, UnusableRows } from '../tables/port.ts';

type Ports = { store: ObjectStore; ids: Ids; tables: TableReader };

/**
 * Scores what a prediction job wrote against the labels of the run's held-out windows, once. Output that cannot be
 * scored is an evaluation with a fault, so that the judging never waits for it.
 */
export const scorePredictions = async (ports: Ports, run: Retraining, jobId: string): Promise<Evaluation> => {
  const key = keys.evaluation(run.model, jobId);
  const evaluation = await evaluate(ports, run, jobId);
  if (await createRecord(ports, key, Evaluation, evaluation)) return evaluation;
  return (await readRecord(ports.store, key, Evaluation))?.value ?? evaluation;
};

const evaluate = async (ports: Ports, run: Retraining, job: string): Promise<Evaluation> => {
  try {
    const { manifest } = await findDeclared(ports.store, run.model);
    const outputs = await outputsOf(ports.store, job);
    const found = await ports.tables.performance(outputs, run.holdout.labels, lossRequest(manifest));
    const windows = found.windows.filter(({ windowStart }) => run.holdout.windows.includes(windowStart));
    return { job, losses: windows.flatMap(lossOf), fault: faultOf(windows, found.unusable) };
  } catch (error) {
    if (!isError(error) || errorTable[error.code].retry) throw error;
    return { job, losses: [], fault: error.message };
  }
};

const lossOf = ({ windowStart, sums }: WindowPerformance): WindowLoss[] =>
  sums.task === 'binary' && sums.scores && sums.rows > 0
    ? [{ windowStart, rows: sums.rows, logLossMicro: sums.scores.logLossMicro }]
    : [];

/** A model is not judged on the rows that it chose to score. */
const faultOf = (windows: WindowPerformance[], unusable: UnusableRows[]): string | null => {
  const unscored = windows.reduce((sum, window) => sum + window.unusable, 0);
  const [first] = unusable;
  const seen = first
    ? ` The column ${JSON.stringify(first.column)} of ${first.file} cannot be read in ${first.rows} rows, the first is row ${first.firstRow}.`
    : '';
  if (windows.length === 0) return `No prediction has a label in the held-out windows.${seen}`;
  return unscored > 0 ? `${unscored} labelled predictions in the held-out windows have no usable score.${seen}` : null;
};

const outputsOf = async (store: ObjectStore, id: string): Promise<string[]> => {
  const output = (await readRecord(store, keys.jobRecord(id), Job))?.value.output;
  const files = output ? await listAll(store, output) : [];
  if (files.length > 0) return files.map(({ key }) => key);
  throw new DriftlessError('not-found', `The prediction job ${id} wrote nothing to SM_OUTPUT_DATA_DIR.`);
};

const lossRequest = ({ data, monitor }: Manifest): PerformanceRequest => {
  if (!data.score || !data.label)
    throw new DriftlessError(
      'invalid-input',
      'The manifest names no score or no label column, so models cannot be compared.',
    );
  const { predictionId, timestamp, score, label } = data;
  const windowMs = durationMs(monitor.window);
  return { task: 'binary', predictionId, timestamp, score, prediction: null, label, windowMs, groups: {} };
};
