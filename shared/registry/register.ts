import { lookup } from 'mrmime';
import * as z from 'zod';
import { digestClaim, sourceMark, versions } from '../domain/keys.ts';
import { DigestClaim, type Lineage, Version } from '../domain/version.ts';
import type { EventPublisher } from '../event-bus/publish.ts';
import { type Clock, isoTime } from '../kernel/clock.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { digestOf, type Ids } from '../kernel/ids.ts';
import { ascendingNumber, descendingNumber } from '../object-store/newest-first.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { createRecord, readRecord, updateRecord } from '../object-store/records.ts';
import { keepFiles, readFiles } from './content.ts';

export type RegistryPorts = { store: ObjectStore; ids: Ids; clock: Clock; bus: EventPublisher };

/** `location`: the key of a file, or a prefix ending in `/` whose objects together are the artifact. */
export type Artifact = {
  model: string;
  location: string;
  lineage: Lineage;
  metrics?: Record<string, number>;
  /** The version of the object that announced the artifact: seen again, nothing is read again. */
  source?: { key: string; version: string };
};

const SourceMark = z.strictObject({ version: z.int().positive() });

/**
 * Makes the artifact one immutable version of its model, once, however often it is delivered and whatever else arrives
 * meanwhile. Reads every byte once, in bounded memory. Throws `not-found` (nothing there) and `incomplete` (it changed
 * while it was read: come again).
 */
export const registerArtifact = async (ports: RegistryPorts, artifact: Artifact): Promise<Version> => {
  const version = (await knownSource(ports, artifact)) ?? (await registerContent(ports, artifact));
  const { model, digest, lineage } = version;
  const job = lineage.job === undefined ? {} : { job: lineage.job };
  const data = { model, version: version.version, digest, ...job };
  await ports.bus.publish([{ name: 'artifact.registered', subject: `${model}@${version.version}`, data }]);
  return version;
};

const knownSource = async ({ store }: RegistryPorts, { model, source }: Artifact): Promise<Version | null> => {
  if (!source) return null;
  const mark = await readRecord(store, sourceMark(model, source.key, source.version), SourceMark);
  return mark && findVersion(store, model, mark.value.version);
};

const registerContent = async (ports: RegistryPorts, artifact: Artifact): Promise<Version> => {
  const { model, lineage, metrics = {}, source } = artifact;
  const files = await readFiles(ports.store, artifact.location);
  const [only] = files;
  const digest = files.length === 1 && only ? only.digest : digestOf(files);
  const location = await keepFiles(ports.store, { model, digest, files, location: artifact.location });
  const version = await allocate(ports, model, digest, (number) => ({
    model,
    version: number,
    digest,
    size: files.reduce((sum, file) => sum + file.size, 0),
    mediaType: mediaTypeOf(location),
    location,
    files,
    metrics,
    lineage,
    createdAt: isoTime(ports.clock.now()),
  }));
  if (source)
    await createRecord(ports, sourceMark(model, source.key, source.version), SourceMark, { version: version.version });
  return version;
};

const mediaTypeOf = (location: string): string =>
  location.endsWith('/') ? 'application/x-directory' : (lookup(location) ?? 'application/octet-stream');

/**
 * One digest, one number, and no number twice, without a hot key. The claim on the digest names the number it is going
 * for; creating that version settles it. A number that another digest took is lost for good: then, and only then, the
 * claim moves on, for everyone who works on this digest.
 */
const allocate = async (
  ports: RegistryPorts,
  model: string,
  digest: string,
  versionOf: (number: number) => Version,
): Promise<Version> => {
  for (let lost = 0; ; ) {
    const next = Math.max(lost + 1, await nextNumber(ports.store, model));
    const claim = await updateRecord(ports, digestClaim(model, digest), DigestClaim, (held) =>
      held === null || held.version === lost ? { version: next } : held,
    );
    const version = versionOf(claim.version);
    if (await createRecord(ports, versions(model) + descendingNumber(claim.version), Version, version)) return version;
    const holder = await findVersion(ports.store, model, claim.version);
    if (holder.digest === digest) return holder;
    lost = claim.version;
  }
};

const nextNumber = async (store: ObjectStore, model: string): Promise<number> => {
  const newest = (await store.list(versions(model), { limit: 1 })).items[0];
  return newest ? ascendingNumber(newest.key.slice(versions(model).length)) + 1 : 1;
};

/** Throws `not-found`. */
export const findVersion = async (store: ObjectStore, model: string, version: number): Promise<Version> => {
  const found = await readRecord(store, versions(model) + descendingNumber(version), Version);
  if (found) return found.value;
  throw new DriftlessError(
    'not-found',
    `The model ${model} has no version ${version}; \`driftless versions ${model}\` lists them.`,
  );
};
