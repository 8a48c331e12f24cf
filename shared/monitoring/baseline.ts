import * as z from 'zod';
import { BinSet } from '../domain/bins.ts';
import { WindowPart, windowsOf } from '../domain/data-object.ts';
import { Baseline, buildBaseline, windowsNeeded } from '../domain/drift.ts';
import * as keys from '../domain/keys.ts';
import type { Version } from '../domain/version.ts';
import { mergeWindowProfiles, type WindowProfile } from '../domain/window-profile.ts';
import { digestOf, type Ids } from '../kernel/ids.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { createRecord, readRecord, updateRecord } from '../object-store/records.ts';
import { listAll } from '../object-store/list-all.ts';
import { championOf } from '../registry/aliases.ts';
import type { DeclaredModel } from '../registry/models.ts';
import { findVersion } from '../registry/register.ts';
import { readDataObjects } from './data-objects.ts';

type Ports = { store: ObjectStore; ids: Ids };

const BaselinePointer = z.strictObject({ champion: z.int().positive(), digest: z.string() });

export const currentBaseline = async (store: ObjectStore, model: string): Promise<Baseline | null> => {
  const pointer = await readRecord(store, keys.baselinePointer(model), BaselinePointer);
  const found = pointer && (await readRecord(store, keys.baseline(model, pointer.value.digest), Baseline));
  return found?.value ?? null;
};

/** The sum of all objects' parts of a window, or null when there is none. */
export const readWindow = async (
  store: ObjectStore,
  model: string,
  start: string,
  bins: string,
): Promise<WindowProfile | null> => {
  const items = await listAll(store, keys.windowProfiles(model, start));
  const parts = await Promise.all(items.map(({ key }) => readRecord(store, key, WindowPart)));
  const profiles = parts.flatMap((part) => (part?.value.bins === bins ? [part.value.profile] : []));
  return profiles.length === 0 ? null : mergeWindowProfiles(profiles);
};

/**
 * The baseline to check a window against. One that has too few windows to speak at the stated rate, or none at all, is
 * built anew from all windows before this one: it grows with the model's history until it can speak, and stays then.
 */
export const baselineFor = async (
  ports: Ports,
  { name, manifest }: DeclaredModel,
  start: string,
): Promise<Baseline | null> => {
  const needed = windowsNeeded(manifest.monitor.falseAlarmsPer100);
  const current = await currentBaseline(ports.store, name);
  if (current && current.calibration.length >= needed) return current;
  return (await rebuildBaseline(ports, name, { needed, before: start })) ?? current;
};

type History = { needed?: number; before?: string };

/**
 * Gives the present champion its baseline. Whatever the order in which promotions are heard of, the baseline of the
 * champion that stands at the end is the one that stays.
 */
export const rebuildBaseline = async (ports: Ports, model: string, history: History = {}): Promise<Baseline | null> => {
  for (;;) {
    const champion = await championOf(ports.store, model);
    if (champion === null) return null;
    const baseline = await baselineOf(ports.store, await findVersion(ports.store, model, champion), history);
    if (baseline) await saveBaseline(ports, baseline);
    if ((await championOf(ports.store, model)) === champion) return baseline;
  }
};

const saveBaseline = async (ports: Ports, baseline: Baseline): Promise<void> => {
  const { model, champion } = baseline;
  const digest = digestOf(baseline);
  await createRecord(ports, keys.baseline(model, digest), Baseline, baseline);
  await updateRecord(ports, keys.baselinePointer(model), BaselinePointer, () => ({ champion, digest }));
};

/**
 * From the windows of the data that the version learnt from; when its lineage names none, or fewer than are `needed`,
 * from every window seen so far. Null when there is no such window.
 */
const baselineOf = async (
  store: ObjectStore,
  { model, version, lineage }: Version,
  { needed = 1, before }: History,
): Promise<Baseline | null> => {
  const bins = await readRecord(store, keys.bins(model), BinSet);
  if (!bins) return null;
  const objects = await readDataObjects(store, model);
  const learnt = objects.filter(({ object }) => lineage.data.some(({ key }) => key === object));
  const known = windowsOf(learnt);
  const starts = (known.length >= needed ? known : windowsOf(objects)).filter(
    (start) => before === undefined || start < before,
  );
  const digest = digestOf(bins.value);
  const windows = await Promise.all(starts.map((start) => readWindow(store, model, start, digest)));
  const filled = windows.filter((window) => window !== null && window.rows > 0) as WindowProfile[];
  return filled.length === 0 ? null : buildBaseline(filled, bins.value, { model, champion: version });
};
