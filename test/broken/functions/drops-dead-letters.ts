import type { Broken } from '../../simulation/world.ts';

/** Broken: what can never be processed is acknowledged and forgotten. */
export const dropsDeadLetters: Broken = { name: 'drops dead letters', keep: () => async () => {} };
