import * as z from 'zod';
import { bus as busPrefix } from '../domain/keys.ts';
import { Time } from '../domain/names.ts';
import { type Clock, isoTime } from '../kernel/clock.ts';
import type { CloudEvent } from '../kernel/cloud-event.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { createRecord, readRecordIfReadable, updateRecord } from '../object-store/records.ts';
import type { EventBus } from './port.ts';

const Event = z.strictObject({
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string(),
  time: Time,
  datacontenttype: z.literal('application/json'),
  traceparent: z.string().optional(),
  data: z.unknown(),
});

/** `waiting`: the functions that have yet to take it; null before the first delivery. */
const Queued = z.strictObject({
  event: Event,
  waiting: z.array(z.string()).nullable(),
  attempt: z.int().positive(),
  notBefore: Time,
});
export type Queued = z.infer<typeof Queued> & { event: CloudEvent };

/** The bus of one machine, and the queue that its host empties. Events are objects of the store: they outlive every process. */
export type StoreBus = EventBus & {
  /** Events whose time has come, at most `limit`, but for those named. Nothing is taken away until it is settled. */
  due(limit: number, except: ReadonlySet<string>): Promise<Queued[]>;
  /** `waiting` empty: it is done. Else it comes again to those functions, later with each attempt. */
  settle(queued: Queued, waiting: string[]): Promise<void>;
};

type Ports = { store: ObjectStore; ids: Ids; clock: Clock; log?: Log };

const firstDelayMs = 200;
const longestDelayMs = 60_000;

/** `onPublish` is called after events became durable, so that a host need not poll for its own. */
export const storeEventBus = (ports: Ports, onPublish: () => void = () => {}): StoreBus => ({
  publish: async (events) => {
    const notBefore = isoTime(ports.clock.now());
    for (const event of events)
      await createRecord(ports, keyOf(event.id), Queued, { event, waiting: null, attempt: 1, notBefore });
    onPublish();
    return events.map(({ id }) => ({ id }));
  },

  due: async (limit, except) => {
    const due: Queued[] = [];
    for (let after: string | undefined; ; ) {
      const page = await ports.store.list(busPrefix, { limit, ...(after === undefined ? {} : { after }) });
      const keys = page.items.map(({ key }) => key).filter((key) => !except.has(key.slice(busPrefix.length)));
      const found = await Promise.all(keys.map((key) => readRecordIfReadable(ports, key, Queued)));
      const now = isoTime(ports.clock.now());
      due.push(...found.flatMap((record) => (record && record.value.notBefore <= now ? [record.value as Queued] : [])));
      after = page.next;
      if (after === undefined || due.length >= limit) return due.slice(0, limit);
    }
  },

  settle: async ({ event, attempt }, waiting) => {
    if (waiting.length === 0) return ports.store.delete(keyOf(event.id));
    const delay = Math.min(firstDelayMs * 2 ** (attempt - 1), longestDelayMs);
    const notBefore = isoTime(ports.clock.now() + delay);
    await updateRecord(ports, keyOf(event.id), Queued, () => ({ event, waiting, attempt: attempt + 1, notBefore }));
  },
});

const keyOf = (id: string): string => busPrefix + id;
