import { BinSet } from '../domain/bins.ts';
import { Baseline, type Check, profileDigest } from '../domain/drift.ts';
import * as keys from '../domain/keys.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { readWindow } from '../monitoring/baseline.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { readRecord } from '../object-store/records.ts';
import type { CheckInputs } from './drift-report.ts';

/** What the check compared, as far as it is still kept. Throws `not-found`. */
export const readCheckInputs = async (store: ObjectStore, check: Check): Promise<CheckInputs> => {
  const { model, digests } = check;
  const baseline = (await readRecord(store, keys.baseline(model, digests.baseline), Baseline))?.value;
  const bins = (await readRecord(store, keys.bins(model), BinSet))?.value;
  const window = baseline && (await readWindow(store, model, check.window.start, baseline.bins));
  if (baseline && bins && window)
    return { baseline, bins, window, hasWindowChanged: profileDigest(window) !== digests.window };
  const lost = !baseline ? 'baseline' : !bins ? 'bin set' : "window's counts";
  throw new DriftlessError(
    'not-found',
    `The ${lost} of the check ${check.id} is no longer in the store, so there is nothing to draw; check the window again.`,
  );
};
