import { retrainingLock } from '../domain/keys.ts';
import { admit, emptyLock, Retraining, RetrainingLock } from '../domain/retraining.ts';
import type { EventPublisher } from '../event-bus/publish.ts';
import { type Clock, isoTime } from '../kernel/clock.ts';
import { type Ids, stableId } from '../kernel/ids.ts';
import { readDataObjects, readLabelObjects } from '../monitoring/data-objects.ts';
import { arm, guardTime } from '../object-store/due.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { createRecord, readRecord, updateRecord } from '../object-store/records.ts';
import { championOf } from '../registry/aliases.ts';
import { type DeclaredModel, findDeclared } from '../registry/models.ts';
import { findVersion } from '../registry/register.ts';
import { jobId } from '../training/submit.ts';
import { retrainingKey } from './open-run.ts';
import { type Material, planRun, type RunPlan } from './plan.ts';

export type RetrainingPorts = { store: ObjectStore; ids: Ids; clock: Clock; bus: EventPublisher };

/** `cause` identifies the trigger: delivered again, it is answered as it was the first time. */
export type RetrainingRequest = { model: string; reason: string; cause: string };

/**
 * Starts a run, or records why not. One run at a time for each model, decided in one compare-and-swap on the model's
 * lock; everything after it is repeated until it is complete. Throws `not-found` for a model without a manifest.
 */
export const startRetraining = async (ports: RetrainingPorts, request: RetrainingRequest): Promise<Retraining> => {
  const model = await findDeclared(ports.store, request.model);
  const champion = await championOf(ports.store, model.name);
  const plan = planRun(model.manifest, await readMaterial(ports.store, model.name, champion));
  const lock = await decide(ports, model, champion, request, plan);
  const decision = lock.causes.find(({ cause }) => cause === request.cause);
  const at = decision?.at ?? isoTime(ports.clock.now());
  const facts = { ...request, champion, policy: model.policy, createdAt: at };
  // A run that the lock holds must begin, even if its data has gone since: it then ends for want of candidates.
  if (decision?.run) return start(ports, newRun(decision.run, facts, typeof plan === 'string' ? emptyPlan : plan));
  return suppress(ports, suppressed(facts, decision?.why ?? 'It was asked for too long ago to be remembered.'));
};

const readMaterial = async (store: ObjectStore, model: string, champion: number | null): Promise<Material> => {
  const lineage = champion === null ? null : (await findVersion(store, model, champion)).lineage;
  return {
    data: await readDataObjects(store, model),
    labels: await readLabelObjects(store, model),
    learnt: lineage?.data.map(({ key }) => key) ?? [],
  };
};

const decide = (
  ports: RetrainingPorts,
  { name, policy, manifest }: DeclaredModel,
  champion: number | null,
  { cause }: RetrainingRequest,
  plan: RunPlan | string,
): Promise<RetrainingLock> =>
  updateRecord(ports, retrainingLock(name), RetrainingLock, (held) => {
    const lock = held ?? emptyLock;
    const obstacle = typeof plan === 'string' ? plan : null;
    const trigger = { model: name, champion, policy, cause, obstacle };
    return admit(lock, manifest.retrain, trigger, ports.clock.now());
  });

type Facts = Pick<Retraining, 'model' | 'champion' | 'policy' | 'reason' | 'cause' | 'createdAt'>;

const emptyPlan: RunPlan = { holdout: { windows: [], data: [], labels: [] }, specs: [] };

const blank = { candidates: [], predictions: [], decision: null, promoted: null };

const newRun = (id: string, facts: Facts, { holdout, specs }: RunPlan): Retraining => ({
  ...blank,
  ...facts,
  id,
  state: 'training',
  candidates: specs.map((spec, index) => ({
    job: jobId(candidateKey(id, index)),
    spec,
    state: 'pending',
    metrics: {},
    version: null,
    gate: null,
  })),
  holdout,
  why: null,
  finishedAt: null,
  settled: false,
});

const suppressed = (facts: Facts, why: string): Retraining => ({
  ...blank,
  ...facts,
  id: stableId('s', facts.model, facts.cause),
  state: 'suppressed',
  holdout: emptyPlan.holdout,
  why,
  finishedAt: facts.createdAt,
  settled: true,
});

export const candidateKey = (run: string, index: number): string => `${run}/candidate/${index}`;

/** The record is written once, so a repeated start asks for the very same jobs. */
const start = async (ports: RetrainingPorts, planned: Retraining): Promise<Retraining> => {
  const { id, model } = planned;
  const key = retrainingKey(model, planned.createdAt, id);
  const event = { name: 'retraining.started', subject: model, data: { model, retraining: id } } as const;
  await arm(ports, { kind: 'retraining', id, at: guardTime(ports.clock), record: key, event });
  await createRecord(ports, key, Retraining, planned);
  const run = (await readRecord(ports.store, key, Retraining))?.value ?? planned;
  if (run.settled) return run;
  await ports.bus.publish([
    ...run.candidates.map(({ spec }, index) => ({
      name: 'job.requested' as const,
      subject: model,
      data: { idempotencyKey: candidateKey(id, index), job: spec, retraining: id },
    })),
    event,
  ]);
  return run;
};

const suppress = async (ports: RetrainingPorts, record: Retraining): Promise<Retraining> => {
  const { model, id, why } = record;
  await createRecord(ports, retrainingKey(model, record.createdAt, id), Retraining, record);
  await ports.bus.publish([{ name: 'retraining.suppressed', subject: model, data: { model, why: why ?? '' } }], id);
  return record;
};
