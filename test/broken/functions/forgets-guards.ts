import { due } from '../../../shared/domain/keys.ts';
import type { Broken } from '../../simulation/world.ts';

/** Broken: effects begin without a due entry that would finish them after a crash. */
export const forgetsGuards: Broken = {
  name: 'effects without a guard',
  store: (store) => ({
    ...store,
    put: async (key, body, options) => (key.startsWith(due) ? { version: 'none' } : store.put(key, body, options)),
  }),
};
