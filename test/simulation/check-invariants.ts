import type { BinSet } from '../../shared/domain/bins.ts';
import type { WindowPart } from '../../shared/domain/data-object.ts';
import { type Baseline, type Check, judgeWindow, profileDigest } from '../../shared/domain/drift.ts';
import * as keys from '../../shared/domain/keys.ts';
import type { Model } from '../../shared/domain/model.ts';
import type { Alias } from '../../shared/domain/version.ts';
import { mergeWindowProfiles, type WindowProfile } from '../../shared/domain/window-profile.ts';
import { canonicalJson, digestOf } from '../../shared/kernel/ids.ts';
import { recordsOf } from './history.ts';
import type { World } from './world.ts';

/** Every verdict can be made again to the bit, and the last state of every window was checked. */
export const checksHold = (world: World): string[] => [
  ...recordsOf<Check>(world.history, /\/checks\//).flatMap(([key, check]) => verdictHolds(world, key, check)),
  ...recordsOf<{ champion: number }>(world.history, /^state\/models\/[^/]+\/baseline$/).flatMap(([key, { champion }]) =>
    baselineHolds(world, key, champion),
  ),
];

const verdictHolds = ({ history }: World, key: string, check: Check): string[] => {
  const baseline = history.records.get(keys.baseline(check.model, check.digests.baseline)) as Baseline | undefined;
  if (!baseline) return [`${key}: its baseline is not there`];
  if (digestOf(baseline) !== check.digests.baseline) return [`${key}: its baseline has another digest`];
  const { manifest, policy } = history.records.get(keys.modelRecord(check.model)) as Model;
  if (!manifest || policy !== check.policy) return [];
  const window = windowStates(history.parts, keys.windowProfiles(check.model, check.window.start), baseline.bins).find(
    (profile) => profileDigest(profile) === check.digests.window,
  );
  if (!window) return [`${key}: its window never looked like that`];
  const bins = history.records.get(keys.bins(check.model)) as BinSet;
  const again = judgeWindow(baseline, bins, window, manifest.monitor);
  const stored = Object.fromEntries(Object.keys(again).map((name) => [name, check[name as keyof Check]]));
  return canonicalJson(stored) === canonicalJson(again) ? [] : [`${key}: judged again, its verdict is another`];
};

/** Everything that a reader of a window may have seen: any value of each part, or none. */
const windowStates = (parts: Map<string, WindowPart[]>, folder: string, bins: string): WindowProfile[] => {
  let states: WindowProfile[][] = [[]];
  for (const [key, values] of parts) {
    if (!key.startsWith(folder)) continue;
    const profiles = values.filter((part) => part.bins === bins).map(({ profile }) => profile);
    states = states.flatMap((state) => [state, ...profiles.map((profile) => [...state, profile])]);
  }
  return states.filter((state) => state.length > 0).map(mergeWindowProfiles);
};

/** The baseline is the champion's, and every window that changed since there is one was checked as it is now. */
const baselineHolds = ({ history }: World, key: string, champion: number): string[] => {
  const [, , model = ''] = key.split('/');
  const now = (history.records.get(keys.alias(model, 'champion')) as Alias | undefined)?.version;
  const faults = now === champion ? [] : [`${key}: is of version ${champion}, the champion is ${now}`];
  const baselineSince = history.created.get(key) ?? 0;
  const checked = new Set(recordsOf<Check>(history, /\/checks\//).map(([, { digests }]) => digests.window));
  const parts = recordsOf<WindowPart>(history, new RegExp(`^state/models/${model}/profiles/`));
  for (const [start, ofWindow] of Map.groupBy(parts, ([, { profile }]) => profile.windowStart)) {
    if (ofWindow.every(([at]) => (history.changed.get(at) ?? 0) < baselineSince)) continue;
    const window = mergeWindowProfiles(ofWindow.map(([, { profile }]) => profile));
    if (!checked.has(profileDigest(window)))
      faults.push(`${model}: the window ${start} was never checked as it is now`);
  }
  return faults;
};
