import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { DataObject } from '../../shared/domain/data-object.ts';
import type { Check } from '../../shared/domain/drift.ts';
import type { Job } from '../../shared/domain/job-record.ts';
import { dataObject, labelObject } from '../../shared/domain/keys.ts';
import { Manifest } from '../../shared/domain/model.ts';
import type { Retraining } from '../../shared/domain/retraining.ts';
import type { Version } from '../../shared/domain/version.ts';
import type { ModelView } from '../../shared/domain/views.ts';
import type * as z from 'zod';
import { readDocument } from '../../shared/cli/files.ts';
import { currentBaseline } from '../../shared/monitoring/baseline.ts';
import { listAll } from '../../shared/object-store/list-all.ts';
import { readRecord } from '../../shared/object-store/records.ts';
import { parse } from '../../shared/kernel/parse.ts';
import { eventually, type Machine } from './machine.ts';
import { dayAfter, writeFlights, writePredicted } from './prepare.ts';

/** What a person does in this story, and what Driftless answers. Everything in between is Driftless's own. */
export type Story = { machine: Machine; folder: string; manifest: Manifest };

const january = { from: '2001-01-01', to: '2001-02-01' };
const windowStart = (day: string): string => `${day}T00:00:00.000Z`;

type Page<Item> = { items: Item[] };
const modelPath = ({ manifest }: Story): string => `/v1/models/${manifest.model}`;

export const declareModel = async (machine: Machine, folder: string): Promise<Story> => {
  const document = await readDocument(new URL('model.yaml', import.meta.url).pathname);
  const manifest = parse(Manifest, document, 'model.yaml');
  await machine.api.call('PUT', `/v1/models/${manifest.model}`, { body: manifest });
  return { machine, folder, manifest };
};

/** January's flights and how they turned out, put in the inbox. Answers with the number of flights. */
export const bringJanuary = async (story: Story): Promise<number> => {
  const [features, labels] = [join(story.folder, '2001-01.parquet'), join(story.folder, '2001-01-labels.parquet')];
  const rows = await writeFlights({ ...january, featuresPath: features, labelsPath: labels });
  await dropData(story, '2001-01', features);
  await dropLabels(story, '2001-01', labels);
  return rows;
};

/** The script, run as a job on January; its artifact is then dropped in the inbox, as any script could do it. */
export const trainFirstModel = async (story: Story): Promise<Job> => {
  const { machine, manifest } = story;
  const job = await runJob(story, 'first-training', { ...manifest.train, kind: 'train' });
  const folder = `inbox/models/${manifest.model}/january/`;
  for (const { key } of await listAll(machine.store, job.model ?? ''))
    await machine.store.put(folder + key.slice(job.model?.length), (await machine.store.get(key))?.body ?? '');
  await machine.store.put(`${folder}_SUCCESS`, '');
  return job;
};

export const registered = async (story: Story): Promise<Version> =>
  eventually('the registration of the first model', async () => {
    const { items } = await story.machine.api.call<Page<Version>>('GET', `${modelPath(story)}/versions`);
    return items[0];
  });

export const promote = async (story: Story, version: number): Promise<number> => {
  const body = { version, reason: 'the first model' };
  await story.machine.api.call('PUT', `${modelPath(story)}/aliases/champion`, { body });
  const baseline = await eventually('the baseline of the champion', () =>
    currentBaseline(story.machine.store, story.manifest.model),
  );
  return baseline.calibration.length;
};

/** One day of production: the champion predicts, its predictions land in the inbox, the day closes, the check runs. */
export const liveOneDay = async (story: Story, day: string): Promise<{ check: Check; flights: number }> => {
  const { machine, folder } = story;
  const [features, labels] = [join(folder, `${day}.parquet`), join(folder, `${day}-labels.parquet`)];
  await writeFlights({ from: day, to: dayAfter(day), featuresPath: features, labelsPath: labels });
  const predicted = join(folder, `${day}-predicted.parquet`);
  const flights = await writePredicted(features, await predict(story, day, features), predicted);
  machine.goTo(`${dayAfter(day)}T00:05:00.000Z`);
  await dropData(story, day, predicted);
  const check = await eventually(`the check of ${day}`, async () => {
    const { items } = await machine.api.call<Page<Check>>('GET', `${modelPath(story)}/checks`, {
      query: { limit: '5' },
    });
    return items.find(({ window }) => window.start === windowStart(day));
  });
  return { check, flights };
};

/** How a day turned out is known a day later. */
export const bringLabels = (story: Story, day: string): Promise<void> =>
  dropLabels(story, day, join(story.folder, `${day}-labels.parquet`));

/** What became of a drift: the retraining, once it is over, or the record of why there is none. */
export const outcomeOf = (story: Story, check: Check): Promise<Retraining> =>
  eventually(`the answer to the drift of ${check.window.start}`, async () => {
    const { items } = await story.machine.api.call<Page<Retraining>>('GET', `${modelPath(story)}/retrainings`);
    return items.find(({ cause, settled }) => cause === check.id && settled);
  });

export const championOf = async (story: Story): Promise<Version> => {
  const { champion } = await story.machine.api.call<z.infer<typeof ModelView>>('GET', modelPath(story));
  return story.machine.api.call<Version>('GET', `${modelPath(story)}/versions/${champion}`);
};

const predict = async (story: Story, day: string, features: string): Promise<string> => {
  const { machine, manifest, folder } = story;
  const champion = await championOf(story);
  const inputs = { model: champion.location, data: features };
  const job = await runJob(story, `predict-${day}`, { ...manifest.predict, kind: 'batch', inputs });
  const predictions = await machine.store.get(`${job.output}predictions.csv`);
  const path = join(folder, `${day}.csv`);
  const { writeFile } = await import('node:fs/promises');
  await writeFile(path, predictions?.body ?? '');
  return path;
};

const runJob = async ({ machine }: Story, idempotencyKey: string, body: unknown): Promise<Job> => {
  const { id } = await machine.api.call<Job>('POST', '/v1/jobs', { body, idempotencyKey });
  const job = await eventually(`the end of job ${idempotencyKey}`, async () => {
    const latest = await machine.api.call<Job>('GET', `/v1/jobs/${id}`);
    return latest.settled ? latest : null;
  });
  if (job.state === 'succeeded') return job;
  throw new Error(`The job ${idempotencyKey} ${job.state}: ${job.reason?.detail ?? 'no reason given'}`);
};

const dropData = (story: Story, name: string, path: string): Promise<void> => {
  const key = `inbox/data/${story.manifest.model}/${name}.parquet`;
  return drop(story, key, path, dataObject(story.manifest.model, key));
};

const dropLabels = (story: Story, name: string, path: string): Promise<void> => {
  const key = `inbox/labels/${story.manifest.model}/${name}.parquet`;
  return drop(story, key, path, labelObject(story.manifest.model, key));
};

/** Puts a file in the inbox and waits until Driftless has read it. */
const drop = async ({ machine }: Story, key: string, path: string, record: string): Promise<void> => {
  await machine.store.put(key, createReadStream(path));
  await eventually(`the reading of ${key}`, () => readRecord(machine.store, record, DataObject));
};
