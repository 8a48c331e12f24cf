import { DataObject, isAsNew, WindowPart } from '../domain/data-object.ts';
import * as keys from '../domain/keys.ts';
import { featureNames, type Manifest } from '../domain/model.ts';
import { durationMs } from '../domain/names.ts';
import { BinSet, type WindowProfile } from '../domain/profile.ts';
import { type Clock, isoTime } from '../kernel/clock.ts';
import { digestOf, type Ids } from '../kernel/ids.ts';
import { arm } from '../object-store/due.ts';
import type { ObjectInfo, ObjectStore } from '../object-store/port.ts';
import { createRecord, readRecord, updateRecord } from '../object-store/records.ts';
import type { TableReader } from '../tables/port.ts';
import { confirmGeneration, readGeneration } from './data-objects.ts';

export type ProfilePorts = { store: ObjectStore; ids: Ids; clock: Clock; tables: TableReader };

/**
 * Reads one inference-data file once, as counts by window, and schedules a check of every window that it touched. A
 * file that replaces an older generation replaces its counts, window by window. Returns the windows, ascending.
 */
export const profileObject = async (ports: ProfilePorts, manifest: Manifest, key: string): Promise<WindowProfile[]> => {
  const { model, data, monitor } = manifest;
  const { result, info } = await readGeneration(ports.store, key, async () => {
    const bins = await ensureBins(ports, manifest, key);
    const windowMs = durationMs(monitor.window);
    return { bins, windows: await ports.tables.profile(key, { timestamp: data.timestamp, windowMs, bins }) };
  });
  const { bins, windows } = result;
  const earlier = await readRecord(ports.store, keys.dataObject(model, key), DataObject);
  await saveParts(ports, model, info, digestOf(bins), [...windows, ...emptied(earlier?.value ?? null, windows, bins)]);
  await saveDataObject(ports, keys.dataObject(model, key), info, windows);
  for (const { windowStart } of windows) await scheduleCheck(ports, manifest, windowStart);
  return windows;
};

/** Frozen once, from the first file: the cells that all of the model's profiles share. */
const ensureBins = async (ports: ProfilePorts, manifest: Manifest, key: string): Promise<BinSet> => {
  const at = keys.bins(manifest.model);
  const known = await readRecord(ports.store, at, BinSet);
  if (known) return known.value;
  const learnt = await ports.tables.learnBins(key, featureNames(manifest));
  if (await createRecord(ports, at, BinSet, learnt)) return learnt;
  return (await readRecord(ports.store, at, BinSet))?.value ?? learnt;
};

/** Windows of an older generation in which the new one has no rows: counted as empty, so that nothing stale remains. */
const emptied = (earlier: DataObject | null, windows: WindowProfile[], bins: BinSet): WindowProfile[] => {
  const now = new Set(windows.map(({ windowStart }) => windowStart));
  const gone = (earlier?.windows ?? []).filter(({ start }) => !now.has(start));
  return gone.map(({ start }) => ({ windowStart: start, rows: 0, columns: emptyColumns(bins) }));
};

const emptyColumns = (bins: BinSet): WindowProfile['columns'] =>
  Object.fromEntries(
    Object.entries(bins.columns).map(([name, column]) => {
      const cells = column.kind === 'numeric' ? column.edges.length + 1 : column.values.length + 1;
      return [name, { cells: Array.from({ length: cells }, () => 0), missing: 0 }];
    }),
  );

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
 * Notes which windows a data or label file covers. Written last: it says that all the rest is there. Throws
 * `incomplete` when the file was written over meanwhile, so that what stays is what was read last.
 */
export const saveDataObject = async (
  ports: Omit<ProfilePorts, 'tables'>,
  at: string,
  info: ObjectInfo,
  windows: WindowProfile[],
): Promise<void> => {
  const { key, version, modifiedAt } = info;
  const starts = windows.map(({ windowStart, rows }) => ({ start: windowStart, rows }));
  const next: DataObject = { object: key, version, modifiedAt, windows: starts };
  await updateRecord(ports, at, DataObject, (current) => (isAsNew(next, current) ? next : current));
  await confirmGeneration(ports.store, info);
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
