import { retrainingLock } from '../domain/keys.ts';
import { release, type Retraining, RetrainingLock } from '../domain/retraining.ts';
import { isoTime } from '../kernel/clock.ts';
import { isError } from '../kernel/errors.ts';
import { readRecord, updateRecord } from '../object-store/records.ts';
import { champion, moveAlias, refuseVersion } from '../registry/aliases.ts';
import { findDeclared } from '../registry/models.ts';
import type { RetrainingPorts } from './start.ts';

/**
 * Makes a decided run take effect: the champion moves or the losers are marked, the world is told, the lock is
 * released, a fresh check follows if triggers came meanwhile. Every part can be repeated; `settled` comes last.
 */
export const finishRun = async (ports: RetrainingPorts, run: Retraining): Promise<Retraining> => {
  const effective = await promote(ports, run);
  await refuseLosers(ports, effective);
  const { model, id, decision } = effective;
  await ports.bus.publish([
    { name: 'retraining.finished', subject: model, data: { model, retraining: id, decision: decision ?? 'refused' } },
  ]);
  await releaseLock(ports, effective);
  return { ...effective, settled: true };
};

/** If the champion changed while the candidates were judged, they were compared with the wrong one: refused. */
const promote = async (ports: RetrainingPorts, run: Retraining): Promise<Retraining> => {
  if (run.promoted === null) return run;
  const reason = `Retraining ${run.id}: ${run.why}`;
  try {
    await moveAlias(ports, {
      model: run.model,
      alias: champion,
      version: run.promoted,
      reason,
      cause: run.id,
      from: run.champion,
    });
    return run;
  } catch (error) {
    if (!isError(error, 'conflict', 'refused')) throw error;
    return { ...run, decision: 'refused', promoted: null, why: error.message };
  }
};

const refuseLosers = async (ports: RetrainingPorts, run: Retraining): Promise<void> => {
  for (const { version, gate } of run.candidates) {
    if (version === null || gate === null || gate.passed) continue;
    await refuseVersion(ports, run.model, version);
    const data = { model: run.model, version, why: gate.why };
    await ports.bus.publish([{ name: 'model.refused', subject: `${run.model}@${version}`, data }], run.id);
  }
};

/** A trigger that came meanwhile is owed a fresh check: asked for before the lock forgets it. */
const releaseLock = async (ports: RetrainingPorts, run: Retraining): Promise<void> => {
  const key = retrainingLock(run.model);
  const promoted = run.promoted !== null;
  for (;;) {
    const owed = (await readRecord(ports.store, key, RetrainingLock))?.value.coalesced ?? 0;
    if (owed > 0) await requestFreshCheck(ports, run);
    const time = isoTime(ports.clock.now());
    const lock = await updateRecord(ports, key, RetrainingLock, (held) =>
      held?.coalesced === owed ? release(held, run.id, promoted, time) : held,
    );
    if (lock.open?.id !== run.id) return;
  }
};

const requestFreshCheck = async (ports: RetrainingPorts, run: Retraining): Promise<void> => {
  const start = run.holdout.windows.at(-1);
  if (start === undefined) return;
  const { manifest } = await findDeclared(ports.store, run.model);
  const window = { start, period: manifest.monitor.window };
  await ports.bus.publish(
    [{ name: 'check.requested', subject: run.model, data: { model: run.model, window } }],
    run.id,
  );
};
