import { Evaluation } from '../domain/evaluation.ts';
import { isFinal } from '../domain/job.ts';
import { Job } from '../domain/job-record.ts';
import * as keys from '../domain/keys.ts';
import { decide, predictorsOf } from '../domain/judging.ts';
import { Retraining } from '../domain/retraining.ts';
import { isoTime } from '../kernel/clock.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { readRecord, updateRecord } from '../object-store/records.ts';
import { findDeclared } from '../registry/models.ts';
import { findVersion } from '../registry/register.ts';
import { jobId } from '../training/submit.ts';
import { finishRun } from './finish.ts';
import { openRun, retrainingKey } from './open-run.ts';
import { predictionSpec } from './plan.ts';
import { candidateKey, type RetrainingPorts } from './start.ts';

/**
 * Takes the model's run as far as it can go now: candidates trained → champion and candidates score the held-out
 * windows → the gate decides → the decision takes effect. Idempotent; every event that may matter calls it. Null when
 * no run needs driving.
 */
export const driveRetraining = async (ports: RetrainingPorts, model: string): Promise<Retraining | null> => {
  for (;;) {
    const run = await openRun(ports.store, model);
    if (!run || run.settled) return run;
    const next = await step(ports, run);
    if (next === run) return run;
    await updateRecord(ports, retrainingKey(model, run.createdAt, run.id), Retraining, (current) =>
      current?.state === run.state && !current.settled ? next : current,
    );
  }
};

/** The next record, or the same one when it has to wait. */
const step = async (ports: RetrainingPorts, run: Retraining): Promise<Retraining> => {
  if (run.state === 'training') return afterTraining(ports, await followCandidates(ports, run));
  if (run.state === 'scoring') return afterScoring(ports, run);
  return finishRun(ports, run);
};

const followCandidates = async (ports: RetrainingPorts, run: Retraining): Promise<Retraining> => {
  const candidates = await Promise.all(
    run.candidates.map(async (candidate, index) => {
      const job = await readJob(ports.store, candidate.job);
      if (!job) await request(ports, run, candidateKey(run.id, index), candidate.spec);
      return job ? { ...candidate, state: outcomeOf(job), metrics: job.metrics, version: job.version } : candidate;
    }),
  );
  return JSON.stringify(candidates) === JSON.stringify(run.candidates) ? run : { ...run, candidates };
};

/** A job that ended well, but whose model cannot become a version, has failed as a candidate. */
const outcomeOf = ({ state, version, reason }: Job): Job['state'] =>
  version === null && reason?.code === 'no-model' ? 'failed' : state;

const afterTraining = async (ports: RetrainingPorts, run: Retraining): Promise<Retraining> => {
  if (run.candidates.some(isUnderWay)) return run;
  const predictors = predictorsOf(run);
  if (predictors.length === 0) return decideRun(ports, run, new Map());
  const predictions = predictors.map((version) => ({ version, job: jobId(predictionKey(run.id, version)) }));
  return { ...run, state: 'scoring', predictions };
};

/** A candidate that succeeded is complete when its model has become a version. */
const isUnderWay = ({ state, version }: Retraining['candidates'][number]): boolean =>
  !isFinal(state) || (state === 'succeeded' && version === null);

const predictionKey = (run: string, version: number): string => `${run}/predict/${version}`;

const afterScoring = async (ports: RetrainingPorts, run: Retraining): Promise<Retraining> => {
  const evaluations = new Map<number, Evaluation>();
  for (const { version, job } of run.predictions) {
    const evaluation = await evaluationOf(ports, run, version, job);
    if (evaluation) evaluations.set(version, evaluation);
  }
  return evaluations.size === run.predictions.length ? decideRun(ports, run, evaluations) : run;
};

const evaluationOf = async (
  ports: RetrainingPorts,
  run: Retraining,
  version: number,
  jobName: string,
): Promise<Evaluation | null> => {
  const found = await readRecord(ports.store, keys.evaluation(run.model, jobName), Evaluation);
  if (found) return found.value;
  const job = await readJob(ports.store, jobName);
  const unscored = (fault: string): Evaluation => ({ job: jobName, losses: [], fault });
  if (!job) {
    const isRequested = await requestPrediction(ports, run, version);
    return isRequested ? null : unscored('The manifest has no predict section any more.');
  }
  if (!isFinal(job.state) || job.state === 'succeeded') return null;
  return unscored(job.reason?.detail ?? `The prediction job ended as ${job.state}.`);
};

/** False when the manifest, which may have changed since the run began, no longer says how to predict. */
const requestPrediction = async (ports: RetrainingPorts, run: Retraining, version: number): Promise<boolean> => {
  const { manifest } = await findDeclared(ports.store, run.model);
  if (!manifest.predict) return false;
  const { location } = await findVersion(ports.store, run.model, version);
  await request(ports, run, predictionKey(run.id, version), predictionSpec(manifest, location, run.holdout));
  return true;
};

const decideRun = async (
  ports: RetrainingPorts,
  run: Retraining,
  evaluations: Map<number, Evaluation>,
): Promise<Retraining> => {
  const { manifest } = await findDeclared(ports.store, run.model);
  return {
    ...run,
    ...decide(run, evaluations, manifest.promote),
    state: 'finished',
    finishedAt: isoTime(ports.clock.now()),
  };
};

const request = (ports: RetrainingPorts, run: Retraining, idempotencyKey: string, job: Job['spec']): Promise<void> =>
  ports.bus.publish([{ name: 'job.requested', subject: run.model, data: { idempotencyKey, job, retraining: run.id } }]);

const readJob = async (store: ObjectStore, id: string): Promise<Job | null> =>
  (await readRecord(store, keys.jobRecord(id), Job))?.value ?? null;
