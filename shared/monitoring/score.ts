import { Evaluation } from '../domain/evaluation.ts';
import { Job } from '../domain/job-record.ts';
import * as keys from '../domain/keys.ts';
import type { Manifest } from '../domain/model.ts';
import { durationMs } from '../domain/names.ts';
import type { Retraining } from '../domain/retraining.ts';
import { DriftlessError, errorTable, isError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import { listAll } from '../object-store/list-all.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { createRecord, readRecord } from '../object-store/records.ts';
import { findDeclared } from '../registry/models.ts';
import type { TableReader } from '../tables/port.ts';

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
    const losses = await ports.tables.losses(
      await outputsOf(ports.store, job),
      run.holdout.labels,
      lossRequest(manifest),
    );
    const wanted = losses.filter(({ windowStart }) => run.holdout.windows.includes(windowStart));
    return {
      job,
      losses: wanted,
      fault: wanted.length === 0 ? 'No prediction has a label in the held-out windows.' : null,
    };
  } catch (error) {
    if (!isError(error) || errorTable[error.code].retry) throw error;
    return { job, losses: [], fault: error.message };
  }
};

const outputsOf = async (store: ObjectStore, id: string): Promise<string[]> => {
  const output = (await readRecord(store, keys.jobRecord(id), Job))?.value.output;
  const files = output ? await listAll(store, output) : [];
  if (files.length > 0) return files.map(({ key }) => key);
  throw new DriftlessError('not-found', `The prediction job ${id} wrote nothing to SM_OUTPUT_DATA_DIR.`);
};

const lossRequest = ({ data, monitor }: Manifest) => {
  if (!data.score || !data.label)
    throw new DriftlessError(
      'invalid-input',
      'The manifest names no score or no label column, so models cannot be compared.',
    );
  const { predictionId, timestamp, score, label } = data;
  return { predictionId, timestamp, score, label, windowMs: durationMs(monitor.window) };
};
