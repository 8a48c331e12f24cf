import { DeadLetterRecord } from '../domain/dead-letter.ts';
import { deadLetters } from '../domain/keys.ts';
import { type Clock, isoTime } from '../kernel/clock.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { type Ids, stableId } from '../kernel/ids.ts';
import type { DeadLetter } from '../kernel/invoke.ts';
import type { ObjectStore } from './port.ts';
import { createRecord, readRecord } from './records.ts';

type Ports = { store: ObjectStore; ids: Ids; clock: Clock };

/** Keeps what could not be processed: one letter for each function and event, however often it failed. */
export const keepDeadLetter = async (ports: Ports, letter: DeadLetter): Promise<void> => {
  const id = stableId('d', letter.function, letter.event.id);
  const keptAt = isoTime(ports.clock.now());
  await createRecord(ports, deadLetters + id, DeadLetterRecord, { id, keptAt, ...letter });
};

/** Throws `not-found`. */
export const findDeadLetter = async (store: ObjectStore, id: string): Promise<DeadLetterRecord> => {
  const found = await readRecord(store, deadLetters + id, DeadLetterRecord);
  if (found) return found.value;
  throw new DriftlessError('not-found', `There is no dead letter ${id}; \`driftless dead-letters\` lists them.`);
};

/** After its event went out again. Should that fail once more, it comes back. */
export const removeDeadLetter = (store: ObjectStore, id: string): Promise<void> => store.delete(deadLetters + id);
