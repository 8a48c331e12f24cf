import { BinSet, type ColumnBins } from '../domain/bins.ts';
import { DataObject, isAsNew, WindowPart } from '../domain/data-object.ts';
import * as keys from '../domain/keys.ts';
import type { Manifest } from '../domain/model.ts';
import { durationMs } from '../domain/names.ts';
import type { WindowProfile } from '../domain/window-profile.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { type Clock, isoTime } from '../kernel/clock.ts';
import { digestOf, type Ids } from '../kernel/ids.ts';
import { arm } from '../object-store/due.ts';
import type { ObjectInfo, ObjectStore } from '../object-store/port.ts';
import { createRecord, readRecord, updateRecord } from '../object-store/records.ts';
import type { CountRequest, TableReader } from '../tables/port.ts';
import { confirmGeneration, readGeneration } from './data-objects.ts';

export type ProfilePorts = { store: ObjectStore; ids: Ids; clock: Clock; tables: TableReader };

/**
 * Reads one inference-data file once, as counts by window, and schedules a check of every window that it touched. A
 * file that replaces an older generation replaces its counts, window by window. Returns the windows, ascending.
 */
export const profileObject = async (
  ports: ProfilePorts,
  manifest: Manifest,
  key: string,
): Promise<DataObject['windows']> => {
  const { model, data, monitor } = manifest;
  const at = keys.dataObject(model, key);
  const known = (await readRecord(ports.store, at, DataObject))?.value;
  if (known && (await isProfiled(ports.store, model, known))) return known.windows;
  const { result, info } = await readGeneration(ports.store, key, async () => {
    const bins = await ensureBins(ports, manifest, key);
    const windowMs = durationMs(monitor.window);
    return { bins, windows: await countWindows(ports.tables, key, { timestamp: data.timestamp, windowMs, bins }) };
  });
  const { bins, windows } = result;
  const earlier = (await readRecord(ports.store, at, DataObject))?.value ?? null;
  await saveParts(ports, model, info, digestOf(bins), [...windows, ...emptied(earlier, windows)]);
  for (const { windowStart } of windows) await scheduleCheck(ports, manifest, windowStart);
  return saveDataObject(ports, at, info, windows);
};

/**
 * A restart tells of the whole inbox again. The record was written last, so all that follows from its generation is
 * done; unless another generation of the same moment wrote its parts meanwhile.
 */
const isProfiled = async (
  store: ObjectStore,
  model: string,
  { object, version, windows }: DataObject,
): Promise<boolean> => {
  if ((await store.head(object))?.version !== version) return false;
  const parts = await Promise.all(
    windows.map(({ start }) => readRecord(store, keys.windowProfile(model, start, object), WindowPart)),
  );
  return parts.every((part) => part?.value.version === version);
};

/** The windows of one file, ascending. Throws `unreadable` when a row has no readable time: it would be in none. */
export const countWindows = async (
  tables: TableReader,
  key: string,
  request: CountRequest,
): Promise<WindowProfile[]> => {
  const { untimed, windows } = await tables.count(key, request);
  if (!untimed) return windows;
  throw new DriftlessError(
    'unreadable',
    `The file ${key} has ${untimed.rows} rows without a readable time in ${JSON.stringify(request.timestamp)}, the first is row ${untimed.first}. Times are timestamps, ISO 8601 text or milliseconds since 1970.`,
  );
};

/** Frozen once, from the first file: the cells that all of the model's profiles share. */
const ensureBins = async (ports: ProfilePorts, manifest: Manifest, key: string): Promise<BinSet> => {
  const at = keys.bins(manifest.model);
  const known = await readRecord(ports.store, at, BinSet);
  if (known) return known.value;
  const columns = manifest.data.features.map((feature) => (typeof feature === 'string' ? { name: feature } : feature));
  const learnt = await ports.tables.learn(key, { columns });
  for (const [name, bins] of Object.entries(learnt.columns)) refuseEmpty(key, name, bins);
  if (await createRecord(ports, at, BinSet, learnt)) return learnt;
  return (await readRecord(ports.store, at, BinSet))?.value ?? learnt;
};

/** Cells are for ever: without a value, every later one would be unseen. */
const refuseEmpty = (key: string, name: string, bins: ColumnBins): void => {
  if ((bins.kind === 'numeric' ? bins.edges : bins.values).length > 0) return;
  throw new DriftlessError(
    'invalid-input',
    `The column ${JSON.stringify(name)} of ${key} holds no value to learn from.`,
    { faults: [{ path: name, message: 'holds no value' }] },
  );
};

/** Windows of an older generation in which the new one has no rows: counted as empty, so that nothing stale remains. */
const emptied = (earlier: DataObject | null, windows: WindowProfile[]): WindowProfile[] => {
  const now = new Set(windows.map(({ windowStart }) => windowStart));
  const gone = (earlier?.windows ?? []).filter(({ start }) => !now.has(start));
  return gone.map(({ start }) => ({ windowStart: start, rows: 0, columns: {}, outcomes: [] }));
};

const saveParts = async (
  ports: ProfilePorts,
  model: string,
  { key, version, modifiedAt }: ObjectInfo,
  bins: string,
  profiles: WindowProfile[],
): Promise<void> => {
  for (const profile of profiles) {
    const part: WindowPart = { object: key, version, modifiedAt, bins, profile };
    await updateRecord(ports, keys.windowProfile(model, profile.windowStart, key), WindowPart, (current) =>
      isAsNew(part, current) ? part : current,
    );
  }
};

/**
 * Notes, and returns, which windows a data or label file covers. Written last: it says that all the rest is there. Throws
 * `incomplete` when the file was written over meanwhile, so that what stays is what was read last.
 */
export const saveDataObject = async (
  ports: Omit<ProfilePorts, 'tables'>,
  at: string,
  info: ObjectInfo,
  windows: WindowProfile[],
): Promise<DataObject['windows']> => {
  const { key, version, modifiedAt } = info;
  const starts = windows.map(({ windowStart, rows }) => ({ start: windowStart, rows }));
  const next: DataObject = { object: key, version, modifiedAt, windows: starts };
  await updateRecord(ports, at, DataObject, (current) => (isAsNew(next, current) ? next : current));
  await confirmGeneration(ports.store, info);
  return starts;
};

/** A check when the window has closed; at once if it has already. */
const scheduleCheck = (ports: ProfilePorts, { model, monitor }: Manifest, start: string): Promise<unknown> => {
  const end = Date.parse(start) + durationMs(monitor.window);
  const data = { model, window: { start, period: monitor.window } };
  return arm(ports, {
    kind: 'check',
    id: `${model}-${start.replaceAll(/[-:.]/g, '').toLowerCase()}`,
    at: isoTime(Math.max(end, ports.clock.now())),
    event: { name: 'check.requested', subject: model, data },
  });
};
