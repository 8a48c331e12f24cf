import { invoke } from '../../../shared/kernel/invoke.ts';
import type { Broken } from '../../simulation/world.ts';

/** Broken: takes an event off the bus before it has been processed. */
export const acknowledgesFirst: Broken = {
  name: 'acknowledges first',
  deliver: async (rows, bus, host, queued) => {
    await bus.settle(queued, []);
    for (const fn of rows) await invoke(fn, { input: queued.event.data, event: queued.event }, host);
  },
};
