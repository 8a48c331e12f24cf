import * as z from 'zod';
import { due } from '../domain/keys.ts';
import { Time } from '../domain/names.ts';
import { type Clock, isoTime } from '../kernel/clock.ts';
import type { Ids } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import type { ObjectStore } from './port.ts';
import { readRecord, readRecordIfReadable, updateRecord } from './records.ts';

/**
 * The one index of things to come. An entry is written before the effect it guards, so that a crash anywhere leaves
 * something that `tick` re-drives: it publishes `event` again and again, ever more slowly, until the record it points
 * to says `settled`. An entry without a record is published once.
 */
export const DueEntry = z.strictObject({
  kind: z.string(),
  id: z.string(),
  at: Time,
  attempt: z.int().nonnegative().default(0),
  record: z.string().optional(),
  event: z.strictObject({ name: z.string(), subject: z.string(), data: z.record(z.string(), z.unknown()) }),
});
export type DueEntry = z.infer<typeof DueEntry>;

type Ports = { store: ObjectStore; ids: Ids; clock: Clock; log?: Log };

/** One entry for each kind, id and minute: armed again, it takes the new time. Returns its key. */
export const arm = async (ports: Ports, entry: z.input<typeof DueEntry>): Promise<string> => {
  const key = dueKey(entry);
  await updateRecord(ports, key, DueEntry, () => entry);
  return key;
};

const dueKey = ({ kind, id, at }: { kind: string; id: string; at: string }): string =>
  `${due}${minuteOf(at)}/${kind}/${id}`;

/** `2026-11-21T05:07:09.123Z` → `202611210507` */
const minuteOf = (time: string): string => time.slice(0, 16).replaceAll(/[-:T]/g, '');

/**
 * The entries whose time has come, earliest first, at most `limit`. `guardsNow`: guards of unfinished effects count as
 * due whatever their time, which is always safe; what is scheduled for a moment still waits for it.
 */
export const dueEntries = async (
  ports: Ports,
  { limit, guardsNow }: { limit: number; guardsNow: boolean },
): Promise<{ key: string; entry: DueEntry }[]> => {
  const now = isoTime(ports.clock.now());
  const page = await ports.store.list(due, { limit });
  const entries: { key: string; entry: DueEntry }[] = [];
  for (const { key } of page.items) {
    if (!guardsNow && key.slice(due.length, due.length + 12) > minuteOf(now)) break;
    const found = await readRecordIfReadable(ports, key, DueEntry);
    if (found && (found.value.at <= now || (guardsNow && found.value.record)))
      entries.push({ key, entry: found.value });
  }
  return entries;
};

const Settled = z.object({ settled: z.boolean() });

/** As long as any function can run on any platform (AWS Lambda's limit). */
const longestRunMs = 900_000;

/**
 * `now`: its event has to go out. `never`: its record is settled, or was never written by a writer who has surely ended.
 * `later`: there is no record yet, but its writer may still be about to write it, so the guard stays where it is.
 */
export const needOf = async ({ store, clock }: Ports, entry: DueEntry): Promise<'now' | 'later' | 'never'> => {
  if (entry.record === undefined) return 'now';
  const found = await readRecord(store, entry.record, Settled);
  if (found) return found.value.settled ? 'never' : 'now';
  return clock.now() < Date.parse(entry.at) + longestRunMs ? 'later' : 'never';
};

const firstDelayMs = 5_000;
const longestDelayMs = 600_000;

/**
 * After its event went out: an entry with a record comes again after 5 s, 10 s, 20 s … 10 minutes; others are done. An
 * entry that is gone was settled by another tick, which armed the next one: to arm it here as well would drive the
 * record twice as often for ever.
 */
export const settleEntry = async (ports: Ports, key: string, entry: DueEntry): Promise<void> => {
  if (entry.record === undefined) return ports.store.delete(key);
  if (!(await readRecord(ports.store, key, DueEntry))) return;
  const again = { ...entry, attempt: entry.attempt + 1, at: isoTime(nextTime(entry, ports.clock.now())) };
  if ((await arm(ports, again)) !== key) await ports.store.delete(key);
};

/** Counted from the entry's own time where that is still to come: two ticks that overlap then arm one entry, not two. */
const nextTime = ({ at, attempt }: DueEntry, now: number): number => {
  const delay = Math.min(firstDelayMs * 2 ** attempt, longestDelayMs);
  const planned = Date.parse(at) + delay;
  return planned > now ? planned : now + delay;
};

/** When a guard first fires. Its effect may still be under way then: to drive it twice is safe, to forget it is not. */
export const guardTime = (clock: Clock): string => isoTime(clock.now() + firstDelayMs);
