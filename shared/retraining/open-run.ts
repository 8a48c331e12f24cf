import { retrainingLock, retrainings } from '../domain/keys.ts';
import { Retraining, RetrainingLock } from '../domain/retraining.ts';
import { descendingTime } from '../object-store/newest-first.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { readRecord } from '../object-store/records.ts';

export const retrainingKey = (model: string, createdAt: string, id: string): string =>
  `${retrainings(model)}${descendingTime(Date.parse(createdAt))}-${id}`;

/** The model's open run, or the one before it, whose last effects may be unfinished; null when there was none. */
export const openRun = async (store: ObjectStore, model: string): Promise<Retraining | null> => {
  const lock = (await readRecord(store, retrainingLock(model), RetrainingLock))?.value;
  const run = lock?.open ?? lock?.last;
  if (!run) return null;
  return (await readRecord(store, retrainingKey(model, run.startedAt, run.id), Retraining))?.value ?? null;
};
