import { expect, it } from 'vitest';
import { Job } from '../shared/domain/job-record.ts';
import { jobRecord } from '../shared/domain/keys.ts';
import { Manifest } from '../shared/domain/model.ts';
import { Retraining } from '../shared/domain/retraining.ts';
import { systemClock } from '../shared/kernel/clock.ts';
import { digestOf, systemIds } from '../shared/kernel/ids.ts';
import { scorePredictions } from '../shared/monitoring/score.ts';
import { memoryObjectStore } from '../shared/object-store/memory.ts';
import { createRecord } from '../shared/object-store/records.ts';
import { applyManifest } from '../shared/registry/models.ts';
import { fakeTableReader } from './fakes/tables.ts';

const time = '2001-01-01T00:00:00.000Z';
const manifest = Manifest.parse({
  apiVersion: 'driftless.dev/v1',
  model: 'delays',
  task: 'binary',
  data: { timestamp: 'at', predictionId: 'id', features: ['x'], score: 's', label: 'y' },
});
const run = Retraining.parse({
  id: 'run',
  model: 'delays',
  state: 'scoring',
  reason: 'drift',
  cause: 'check',
  champion: 1,
  policy: digestOf(manifest),
  candidates: [],
  holdout: { windows: [time], data: [], labels: ['labels.jsonl'] },
  predictions: [],
  decision: null,
  why: null,
  promoted: null,
  createdAt: time,
  finishedAt: null,
  settled: false,
});

const lines = (rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** What a prediction job's output is worth against two labels in the held-out window and one after it. */
const evaluationOf = async (output: object[]) => {
  const store = memoryObjectStore({ clock: systemClock, ids: systemIds });
  const ports = { store, ids: systemIds, clock: systemClock, tables: fakeTableReader(store) };
  await applyManifest(ports, manifest);
  await store.put('out/scores.jsonl', lines(output));
  await store.put('labels.jsonl', lines([1, 2, 3].map((id) => ({ id, at: id < 3 ? time : '2001-01-02', y: true }))));
  const job = Job.parse({
    id: 'job',
    idempotencyKey: 'key',
    target: 'here',
    spec: { kind: 'batch', command: ['predict'] },
    specHash: digestOf('spec'),
    vendorName: 'job',
    state: 'succeeded',
    reason: null,
    metrics: {},
    model: null,
    output: 'out/',
    billableSeconds: null,
    version: null,
    retraining: 'run',
    stopRequested: false,
    createdAt: time,
    attemptedAt: null,
    submittedAt: null,
    startedAt: null,
    endedAt: null,
    settled: true,
  });
  await createRecord(ports, jobRecord('job'), Job, job);
  return scorePredictions(ports, run, 'job');
};

it('scores the held-out windows and no other', async () => {
  const half = [1, 2, 3].map((id) => ({ id, s: 0.5 }));
  expect(await evaluationOf(half)).toEqual({
    job: 'job',
    losses: [{ windowStart: time, rows: 2, logLossMicro: 2 * 693_147 }],
    fault: null,
  });
});

it('does not judge a model on the rows that it chose to score', async () => {
  const { fault } = await evaluationOf([
    { id: 1, s: 0.99 },
    { id: 2, s: null },
    { id: 3, s: 0.5 },
  ]);
  expect(fault).toMatch(/1 labelled predictions in .* have no usable score.*"s" of out\/scores\.jsonl.*row 2\./);
});

it('says so when nothing could be joined, and why', async () => {
  expect(await evaluationOf([{ id: 7, s: 0.5 }])).toMatchObject({
    losses: [],
    fault: expect.stringContaining('No prediction has a label'),
  });
  expect((await evaluationOf([{ id: 1, p: 0.5 }])).fault).toContain('lacks the column "s"');
});
