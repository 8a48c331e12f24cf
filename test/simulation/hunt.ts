import type { Violation } from './history.ts';
import { simulate } from './run.ts';
import type { Broken } from './world.ts';

export type Found = Violation & { seed: number };

/** The first violation of an invariant by a broken product in the seeds from 1 to `seeds`, or null. */
export const hunt = async (broken: Broken, seeds: number, invariant: string): Promise<Found | null> => {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { violations } = await simulate(seed, { broken });
    const found = violations.find((violation) => violation.invariant === invariant);
    if (found) return { seed, ...found };
  }
  return null;
};
