import type { Ids } from '../../shared/kernel/ids.ts';

/** A seeded stream of choices: the same seed makes the same ones for ever. */
export type Random = {
  /** 0 ≤ x < 1 */
  fraction(): number;
  /** A whole number, 0 ≤ n < `limit`. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
};

/** Mulberry32: 32 bits of state are plenty for a few thousand choices. */
export const seededRandom = (seed: number): Random => {
  let state = Math.imul(seed, 0x9e3779b1) | 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(fraction() * limit);
  return {
    fraction,
    below,
    chance: (probability) => fraction() < probability,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new RangeError('There is nothing to pick from.');
      return item;
    },
  };
};

const letters = 7;

/** 26 characters that do not order by time, as the real ones. */
export const seededIds = (random: Random): Ids => {
  const part = (): string =>
    Math.floor(random.fraction() * 2 ** 32)
      .toString(32)
      .padStart(letters, '0');
  return { next: () => (part() + part() + part() + part()).slice(0, 26) };
};
