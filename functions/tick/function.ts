import * as z from 'zod';
import { domainEvent } from '../../shared/domain/events.ts';
import { defineFunction } from '../../shared/ports.ts';
import { dueEntries, needOf, settleEntry } from '../../shared/object-store/due.ts';

const batch = 100;

export default defineFunction({
  name: 'tick',
  summary: 'Starts what is due: polls, retries, guards of unfinished effects, checks of closed windows.',
  trigger: { kind: 'schedule', every: 'PT1M' },
  input: z.strictObject({ guardsNow: z.boolean().default(false) }),
  output: z.strictObject({ started: z.int() }),
  needs: ['store', 'bus'],
  timeoutSeconds: 60,
  memoryMb: 256,
  handle: async ({ guardsNow }, ports) => {
    const entries = await dueEntries(ports, { limit: batch, guardsNow });
    for (const { key, entry } of entries) {
      const need = await needOf(ports, entry);
      if (need === 'now') {
        await ports.bus.publish([domainEvent(entry.event)], `${entry.at} ${entry.attempt}`);
        await settleEntry(ports, key, entry);
      } else if (need === 'never') await ports.store.delete(key);
    }
    return { started: entries.length };
  },
});
