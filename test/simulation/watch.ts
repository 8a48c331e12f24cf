import { bus, deadLetters, due } from '../../shared/domain/keys.ts';
import type { Queued } from '../../shared/event-bus/store-bus.ts';
import type { DeadLetterRecord } from '../../shared/domain/dead-letter.ts';
import type { WindowPart } from '../../shared/domain/data-object.ts';
import type { ObjectStore } from '../../shared/object-store/port.ts';
import type { History } from './history.ts';
import { checkChange } from './transitions.ts';

/** The store, with every change of a record seen in the very step in which it takes effect. */
export const watchedStore = (store: ObjectStore, history: History): ObjectStore => ({
  ...store,
  put: async (key, body, options) => {
    const written = await store.put(key, body, options);
    if (typeof body === 'string' && body !== '' && key.startsWith('state/'))
      record(history, key, (JSON.parse(body) as { record: unknown }).record);
    return written;
  },
  delete: async (key, options) => {
    await store.delete(key, options);
    record(history, key, null);
  },
});

const record = (history: History, key: string, value: unknown): void => {
  const before = history.records.get(key) ?? null;
  if (value === null) history.records.delete(key);
  else history.records.set(key, value);
  const write = (history.writes += 1);
  if (before === null) history.created.set(key, write);
  history.changed.set(key, write);
  index(history, key, value);
  for (const violation of checkChange(history, key, before, value)) history.violations.push(violation);
};

const index = (history: History, key: string, value: unknown): void => {
  if (key.startsWith(bus)) indexEvent(history, key.slice(bus.length), value as Queued | null);
  else if (key.startsWith(due)) {
    if (value === null) history.due.delete(key);
    else history.due.set(key, Date.parse((value as { at: string }).at));
  } else if (key.startsWith(deadLetters) && value !== null) {
    const letter = value as DeadLetterRecord;
    history.letters.set(`${letter.function} ${letter.event.id}`, letter);
  } else if (key.includes('/profiles/') && value !== null)
    history.parts.set(key, [...(history.parts.get(key) ?? []), value as WindowPart]);
};

const indexEvent = (history: History, id: string, queued: Queued | null): void => {
  if (queued === null) history.queued.delete(id);
  else {
    history.queued.set(id, queued);
    history.events.set(id, queued.event);
  }
};
