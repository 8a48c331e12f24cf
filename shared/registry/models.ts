import { modelIndex, modelRecord } from '../domain/keys.ts';
import { type Manifest, Model } from '../domain/model.ts';
import { isoTime } from '../kernel/clock.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { digestOf } from '../kernel/ids.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { readRecord, updateRecord } from '../object-store/records.ts';
import type { RegistryPorts } from './register.ts';

type Ports = Omit<RegistryPorts, 'bus'>;

/** Declares a model, or changes its manifest. The same manifest again changes nothing. */
export const applyManifest = (ports: Ports, manifest: Manifest): Promise<Model> =>
  upsert(ports, manifest.model, (model) => ({ ...model, manifest, policy: digestOf(manifest) }));

/** A model that is put in the bucket exists, whether or not anybody has declared it yet. */
export const ensureModel = (ports: Ports, name: string): Promise<Model> => upsert(ports, name, (model) => model);

const upsert = async (ports: Ports, name: string, change: (model: Model) => Model): Promise<Model> => {
  const time = isoTime(ports.clock.now());
  const fresh: Model = { name, manifest: null, policy: null, createdAt: time, updatedAt: time };
  const model = await updateRecord(ports, modelRecord(name), Model, (current) => {
    const next = change(current ?? fresh);
    if (current && next.policy === current.policy) return current;
    return { ...next, updatedAt: time };
  });
  await ports.store.put(modelIndex + name, '');
  return model;
};

/** Throws `not-found`. */
export const findModel = async (store: ObjectStore, name: string): Promise<Model> => {
  const found = await readRecord(store, modelRecord(name), Model);
  if (found) return found.value;
  throw new DriftlessError(
    'not-found',
    `There is no model ${name}; \`driftless models\` lists them, \`driftless apply FILE\` declares one.`,
  );
};

export type DeclaredModel = Model & { manifest: Manifest; policy: string };

/** The model with its manifest. Throws `not-found` when there is none. */
export const findDeclared = async (store: ObjectStore, name: string): Promise<DeclaredModel> => {
  const { manifest, policy, ...model } = await findModel(store, name);
  if (manifest && policy) return { ...model, manifest, policy };
  throw new DriftlessError(
    'not-found',
    `The model ${name} has no manifest; declare one with \`driftless apply FILE\`.`,
  );
};
