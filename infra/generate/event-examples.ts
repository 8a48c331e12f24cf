import type { EventData, EventName } from '../../shared/domain/events.ts';

const model = 'flight-delays';
const window = { start: '2026-03-01T00:00:00.000Z', period: 'P1D' };
const job = 'jmzxw6ytboi4dkmrtge2tcnzqgiydcn';
const retraining = 'rgezdgnbvgy3tqojqgezdgnbvgy3tqo';
const check = 'cobqxg43xmfzgi5dpmrqxs43pnvswkd';
const dataKey = 'inbox/data/flight-delays/2026-03-01.parquet';
const labelKey = 'inbox/labels/flight-delays/2026-03-01.csv';
const run = { model, retraining };

/** What the first event of each kind in one story about flight delays would say. Published beside the schemas. */
export const eventExamples = {
  'object.created': {
    subject: dataKey,
    data: {
      store: 's3://flights/driftless',
      key: dataKey,
      size: 734_211,
      version: '3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY',
    },
  },
  'artifact.registered': {
    subject: `${model}@7`,
    data: { model, version: 7, digest: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c', job },
  },
  'data.profiled': { subject: model, data: { model, object: dataKey, windows: [window] } },
  'labels.joined': { subject: model, data: { model, object: labelKey, windows: [window] } },
  'check.requested': { subject: model, data: { model, window } },
  'drift.checked': { subject: check, data: { model, check, window, verdict: 'drift' } },
  'drift.detected': { subject: check, data: { model, check, window, reason: 'sudden-shift' } },
  'alarm.received': {
    subject: 'late-share-high',
    data: { source: 'alertmanager', id: 'late-share-high', state: 'firing', startedAt: '2026-03-02T06:14:10.000Z' },
  },
  'job.requested': {
    subject: model,
    data: {
      idempotencyKey: `${retraining}/0`,
      retraining,
      job: {
        apiVersion: 'driftless.dev/v1',
        kind: 'train',
        model,
        target: 'sagemaker-eu',
        image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/flights:4',
        command: ['python', 'train.py'],
        hyperparameters: { window: '28d', rate: 0.1 },
        inputs: { train: dataKey },
        metrics: ['log_loss'],
        resources: { gpu: { type: 'a10g', count: 1 } },
        spot: true,
        maxRunTime: 'PT2H',
        environment: {},
        secrets: {},
      },
    },
  },
  'job.submitted': { subject: job, data: { job, state: 'pending', kind: 'train', model } },
  'job.changed': { subject: job, data: { job } },
  'job.finished': { subject: job, data: { job, state: 'succeeded', kind: 'train', model, retraining } },
  'retraining.requested': { subject: model, data: { model, reason: 'New airports were added.', cause: 'ticket-412' } },
  'retraining.started': { subject: retraining, data: run },
  'retraining.suppressed': {
    subject: retraining,
    data: { model, why: 'The last run ended at 2026-03-02T03:00:00.000Z; the cooldown is PT6H.' },
  },
  'retraining.finished': { subject: retraining, data: { ...run, decision: 'promoted' } },
  'model.promoted': {
    subject: `${model}@7`,
    data: { model, version: 7, from: 6, reason: 'Better: mean gain 0.0123 in log loss.' },
  },
  'model.refused': { subject: `${model}@8`, data: { model, version: 8, why: 'Not certainly better.' } },
  'model.rolled-back': {
    subject: `${model}@6`,
    data: { model, version: 6, from: 7, reason: 'The canary answered too slowly.' },
  },
  'deployment.changed': {
    subject: `${model}@7`,
    data: { model, version: 7, target: 'sagemaker-eu', state: 'canary' },
  },
  'event.dead-lettered': { subject: 'profile-data', data: { function: 'profile-data', code: 'unreadable' } },
} as const satisfies { readonly [Name in EventName]: { subject: string; data: ReadonlyData<EventData<Name>> } };

/** `as const` makes lists read-only; the catalogue's types do not. */
type ReadonlyData<Value> = Value extends (infer Item)[]
  ? readonly ReadonlyData<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: ReadonlyData<Value[Key]> }
    : Value;
