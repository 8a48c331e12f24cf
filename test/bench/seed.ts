import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Job } from '../../shared/domain/job-record.ts';
import { jobIndex, jobRecord, modelIndex, modelRecord, versions } from '../../shared/domain/keys.ts';
import type { Version } from '../../shared/domain/version.ts';
import { isoTime } from '../../shared/kernel/clock.ts';
import { digestOf, stableId } from '../../shared/kernel/ids.ts';
import { objectFolder } from '../../shared/object-store/filesystem-layout.ts';
import { descendingNumber, descendingTime } from '../../shared/object-store/newest-first.ts';

export const model = 'flights';
const firstCreated = Date.parse('2026-01-01T00:00:00.000Z');
const betweenMs = 5_000;

/**
 * A filesystem store of one model with `count` versions and as many jobs. Writes what the store itself would have left
 * on disk, without its flushes to disk: half a million objects in half a minute.
 */
export const seedStore = (root: string, count: number): void => {
  const put = (key: string, body: string): void => {
    const life = join(objectFolder(root, key), 'seeded');
    mkdirSync(life, { recursive: true });
    writeFileSync(join(life, '1'), body);
  };
  const created = isoTime(firstCreated);
  put(modelIndex + model, '');
  put(
    modelRecord(model),
    record({ name: model, manifest: null, policy: null, createdAt: created, updatedAt: created }),
  );
  for (let number = 1; number <= count; number += 1) {
    put(versions(model) + descendingNumber(number), record(versionOf(number)));
    const job = jobOf(number);
    put(jobRecord(job.id), record(job));
    put(`${jobIndex}${descendingTime(Date.parse(job.createdAt))}-${job.id}`, '');
  }
};

const record = (value: unknown): string => JSON.stringify({ format: 1, revision: 'seeded', recent: [], record: value });

const versionOf = (version: number): Version => {
  const digest = digestOf(version);
  return {
    model,
    version,
    digest,
    size: 1000,
    mediaType: 'application/octet-stream',
    location: `artifacts/${model}/${digest}/model.bin`,
    files: [{ path: 'model.bin', size: 1000, digest }],
    metrics: { auc: 0.75 },
    lineage: { job: stableId('j', String(version)), data: [{ key: `inbox/data/${model}/day.parquet` }] },
    createdAt: isoTime(firstCreated + version * betweenMs),
  };
};

const jobOf = (number: number): Job => {
  const createdAt = isoTime(firstCreated + number * betweenMs);
  const id = stableId('j', String(number));
  return {
    id,
    idempotencyKey: String(number),
    target: 'local',
    spec: {
      apiVersion: 'driftless.dev/v1',
      kind: 'train',
      model,
      command: ['python', 'train.py'],
      hyperparameters: { window: '60d' },
      inputs: { train: `inbox/data/${model}/day.parquet` },
      metrics: [],
      resources: { cpu: 1 },
      spot: false,
      maxRunTime: 'P1D',
      environment: {},
      secrets: {},
    },
    specHash: digestOf(number),
    vendorName: stableId('m', id, '1'),
    state: 'succeeded',
    reason: null,
    metrics: { auc: 0.75 },
    model: `jobs/${id}/model/`,
    output: null,
    billableSeconds: null,
    version: number,
    retraining: null,
    stopRequested: false,
    createdAt,
    attemptedAt: createdAt,
    submittedAt: createdAt,
    startedAt: createdAt,
    endedAt: createdAt,
    settled: true,
  };
};
