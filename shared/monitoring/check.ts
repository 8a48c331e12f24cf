import { BinSet } from '../domain/bins.ts';
import { windowsOf } from '../domain/data-object.ts';
import { type Baseline, Check, checkId, judgeWindow, profileDigest } from '../domain/drift.ts';
import * as keys from '../domain/keys.ts';
import type { WindowProfile } from '../domain/window-profile.ts';
import type { EventPublisher } from '../event-bus/publish.ts';
import { type Clock, isoTime } from '../kernel/clock.ts';
import { digestOf, type Ids } from '../kernel/ids.ts';
import { descendingTime } from '../object-store/newest-first.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { createRecord, readRecord } from '../object-store/records.ts';
import { type DeclaredModel, findDeclared } from '../registry/models.ts';
import { baselineFor, readWindow } from './baseline.ts';
import { readDataObjects } from './data-objects.ts';

export type CheckPorts = { store: ObjectStore; ids: Ids; clock: Clock; bus: EventPublisher };

/**
 * Compares one window with the champion's baseline, stores the verdict and tells of it. Null when there is nothing
 * to compare with yet (nothing was promoted, or this is the first window) or the window has no profile. The same window, baseline and policy again are the
 * same check.
 */
export const checkWindow = async (ports: CheckPorts, modelName: string, windowStart: string): Promise<Check | null> => {
  const model = await findDeclared(ports.store, modelName);
  const baseline = await baselineFor(ports, model, windowStart);
  const window = baseline && (await readWindow(ports.store, modelName, windowStart, baseline.bins));
  const bins = window && (await readRecord(ports.store, keys.bins(modelName), BinSet));
  if (!baseline || !window || !bins) return null;
  const check = await storeCheck(ports, model, { baseline, window, bins: bins.value });
  await announce(ports, check);
  return check;
};

const storeCheck = async (
  ports: CheckPorts,
  model: DeclaredModel,
  { baseline, window, bins }: { baseline: Baseline; window: WindowProfile; bins: BinSet },
): Promise<Check> => {
  const digests = { baseline: digestOf(baseline), window: profileDigest(window), previous: null };
  const id = checkId(model.name, window.windowStart, model.policy, digests.baseline, digests.window);
  const check: Check = {
    id,
    model: model.name,
    champion: baseline.champion,
    window: { start: window.windowStart, period: model.manifest.monitor.window },
    ...judgeWindow(baseline, bins, window, model.manifest.monitor),
    policy: model.policy,
    digests,
    checkedAt: isoTime(ports.clock.now()),
  };
  const key = `${keys.checks(model.name)}${descendingTime(Date.parse(window.windowStart))}-${id}`;
  if (await createRecord(ports, key, Check, check)) return check;
  return (await readRecord(ports.store, key, Check))?.value ?? check;
};

const announce = async ({ bus }: CheckPorts, { id, model, window, verdict, reason }: Check): Promise<void> => {
  const said = { model, check: id, window };
  await bus.publish([{ name: 'drift.checked', subject: model, data: { ...said, verdict } }]);
  if (reason) await bus.publish([{ name: 'drift.detected', subject: model, data: { ...said, reason } }]);
};

/** The start of the latest window that has a profile, or null. */
export const latestWindow = async (store: ObjectStore, model: string): Promise<string | null> =>
  windowsOf(await readDataObjects(store, model)).at(-1) ?? null;
