import { endingBefore, touching, windowsOf, type DataObject } from '../domain/data-object.ts';
import { JobSpec } from '../domain/job.ts';
import { inboxData, inboxLabels } from '../domain/keys.ts';
import type { Manifest } from '../domain/model.ts';
import type { Retraining } from '../domain/retraining.ts';

/** What a retraining works on: the windows kept for judging, and what candidates may learn from. */
export type RunPlan = { holdout: Retraining['holdout']; specs: JobSpec[] };

/** `learnt`: the keys of the files that the champion learnt from, as far as its lineage names them. */
export type Material = { data: DataObject[]; labels: DataObject[]; learnt: string[] };

/**
 * Plans a run, or says in a sentence why there cannot be one. The most recent labelled windows that the champion did
 * not learn from are held out for the judging; candidates get only the files that end before them. Pure.
 */
export const planRun = (manifest: Manifest, { data, labels, learnt }: Material): RunPlan | string => {
  const { train, predict, retrain, promote } = manifest;
  if (!retrain || !train || !predict) return 'The manifest lacks one of retrain, train and predict.';
  const labelled = new Set(windowsOf(labels));
  const known = new Set(windowsOf(data.filter(({ object }) => learnt.includes(object))));
  const windows = windowsOf(data)
    .filter((start) => labelled.has(start) && !known.has(start))
    .slice(-promote.gate.windows);
  if (windows.length < promote.gate.windows)
    return `The gate compares ${promote.gate.windows} labelled windows that the champion did not learn from; there are ${windows.length} so far.`;
  const first = windows[0] ?? '';
  const training = { data: endingBefore(data, first), labels: endingBefore(labels, first) };
  if (training.data.length === 0 || training.labels.length === 0)
    return `There is no labelled data before ${first} to learn from; the windows since then are kept for judging.`;
  const holdout = { windows, data: keysOf(touching(data, windows)), labels: keysOf(touching(labels, windows)) };
  const inputs = trainingInputs(manifest.model, train.inputs, keysOf(training.data), keysOf(training.labels));
  return {
    holdout,
    specs: retrain.candidates.map((candidate) => candidateSpec(manifest.model, train, inputs, candidate)),
  };
};

const keysOf = (objects: DataObject[]): string[] => objects.map(({ object }) => object);

type Template = NonNullable<Manifest['train']>;
type Inputs = JobSpec['inputs'];

/** A channel that names the model's inbox gets the files that this run may learn from; others stay as they are. */
const trainingInputs = (model: string, inputs: Inputs, data: string[], labels: string[]): Inputs => {
  const allowed: Record<string, string[]> = { [`${inboxData}${model}/`]: data, [`${inboxLabels}${model}/`]: labels };
  return Object.fromEntries(
    Object.entries(inputs).map(([channel, input]) => [channel, (typeof input === 'string' && allowed[input]) || input]),
  );
};

type Candidate = NonNullable<Manifest['retrain']>['candidates'][number];

const candidateSpec = (model: string, train: Template, inputs: Inputs, candidate: Candidate): JobSpec =>
  JobSpec.parse({
    ...train,
    kind: 'train',
    model,
    inputs,
    hyperparameters: { ...train.hyperparameters, ...candidate.hyperparameters },
    ...(candidate.target ? { target: candidate.target } : {}),
  });

/** The job in which one version scores the held-out windows. Pure. */
export const predictionSpec = (manifest: Manifest, location: string, holdout: Retraining['holdout']): JobSpec =>
  JobSpec.parse({
    ...manifest.predict,
    kind: 'batch',
    model: manifest.model,
    inputs: { ...manifest.predict?.inputs, model: location, data: holdout.data },
  });
