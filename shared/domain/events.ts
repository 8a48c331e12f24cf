import * as z from 'zod';
import type { CloudEvent } from '../kernel/cloud-event.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { stableId } from '../kernel/ids.ts';
import { parse } from '../kernel/parse.ts';
import { JobSpec, JobState } from './job.ts';
import { Digest, Name, Time } from './names.ts';

const Version = z.int().positive();
const Window = z.strictObject({ start: Time, period: z.string() });
const Job = z.strictObject({ job: z.string(), state: JobState, kind: JobSpec.shape.kind, model: Name.optional() });
const Run = z.strictObject({ model: Name, retraining: z.string() });
const Moved = z.strictObject({ model: Name, version: Version, from: Version.nullable(), reason: z.string() });

/**
 * The language on the wire: `dev.driftless.<name>.v1` and the shape of its data. An event is a hint; the truth is in
 * the record that its subject names.
 */
export const catalogue = {
  'object.created': z.strictObject({
    store: z.string(),
    key: z.string(),
    size: z.int().nonnegative(),
    version: z.string(),
  }),
  'artifact.registered': z.strictObject({ model: Name, version: Version, digest: Digest, job: z.string().optional() }),
  'data.profiled': z.strictObject({ model: Name, object: z.string(), windows: z.array(Window) }),
  'labels.joined': z.strictObject({
    model: Name,
    object: z.string(),
    windows: z.array(Window),
    retraining: z.string().optional(),
  }),
  'check.requested': z.strictObject({ model: Name, window: Window }),
  'drift.checked': z.strictObject({ model: Name, check: z.string(), window: Window, verdict: z.string() }),
  'drift.detected': z.strictObject({ model: Name, check: z.string(), window: Window, reason: z.string() }),
  'alarm.received': z.strictObject({ source: z.string(), id: z.string(), state: z.string(), startedAt: Time }),
  'job.requested': z.strictObject({ idempotencyKey: z.string(), job: JobSpec, retraining: z.string().optional() }),
  'job.submitted': Job,
  'job.changed': z.strictObject({ job: z.string() }),
  'job.finished': Job.extend({ retraining: z.string().optional() }),
  'retraining.requested': z.strictObject({ model: Name, reason: z.string(), cause: z.string() }),
  'retraining.started': Run,
  'retraining.suppressed': z.strictObject({ model: Name, why: z.string() }),
  'retraining.finished': Run.extend({ decision: z.string() }),
  'model.promoted': Moved,
  'model.refused': z.strictObject({ model: Name, version: Version, why: z.string() }),
  'model.rolled-back': Moved,
  'deployment.changed': z.strictObject({ model: Name, version: Version, target: Name, state: z.string() }),
  'event.dead-lettered': z.strictObject({ function: z.string(), code: z.string() }),
} as const satisfies Record<string, z.ZodType>;

export type EventName = keyof typeof catalogue;
export type EventData<Event extends EventName> = z.infer<(typeof catalogue)[Event]>;
export type DomainEvent<Event extends EventName = EventName> = {
  [Each in Event]: { name: Each; subject: string; data: EventData<Each> };
}[Event];

/** A domain event from stored parts. Throws `invalid-input` for what is not of the catalogue. */
export const domainEvent = ({ name, subject, data }: { name: string; subject: string; data: unknown }): DomainEvent => {
  if (!(name in catalogue)) throw new DriftlessError('invalid-input', `There is no event ${name} in the catalogue.`);
  const known = name as EventName;
  return { name: known, subject, data: parse(catalogue[known], data, `The event ${name}`) } as DomainEvent;
};

export const eventType = (name: EventName): string => `dev.driftless.${name}.v1`;

/** `null` for types that are not of the catalogue. */
export const eventName = (type: string): EventName | null => {
  const name = /^dev\.driftless\.(.+)\.v1$/.exec(type)?.[1];
  return name !== undefined && name in catalogue ? (name as EventName) : null;
};

/**
 * The CloudEvent of a domain event. Its id follows from what it says and `moment`, so that saying it again after a
 * crash is the same event; `moment` tells apart events that say the same of different moments.
 */
export const cloudEvent = (
  { name, subject, data }: DomainEvent,
  { source, time, moment = '' }: { source: string; time: string; moment?: string },
): CloudEvent => ({
  specversion: '1.0',
  id: stableId('e', name, subject, JSON.stringify(data), moment),
  source,
  type: eventType(name),
  subject,
  time,
  datacontenttype: 'application/json',
  data,
});
