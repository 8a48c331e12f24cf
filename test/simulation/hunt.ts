import { simulate } from './run.ts';
import type { Violation } from './history.ts';
import type { Broken } from './world.ts';

export type Found = { seed: number; violations: Violation[] };

/** The first seed from 1 to `seeds` in which the simulation finds something wrong with a product, or null. */
export const hunt = async (broken: Broken, seeds: number): Promise<Found | null> => {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { violations } = await simulate(seed, { broken });
    if (violations.length > 0) return { seed, violations };
  }
  return null;
};
