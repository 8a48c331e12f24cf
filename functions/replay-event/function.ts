import * as z from 'zod';
import { DeadLetterRecord } from '../../shared/domain/dead-letter.ts';
import { domainEvent, eventName } from '../../shared/domain/events.ts';
import { IdempotencyKey } from '../../shared/domain/views.ts';
import { findDeadLetter, removeDeadLetter } from '../../shared/object-store/dead-letters.ts';
import { defineFunction } from '../../shared/ports.ts';

export default defineFunction({
  name: 'replay-event',
  summary: 'Delivers the event of a dead letter again.',
  unit: 'registry',
  trigger: { kind: 'http', method: 'POST', path: '/v1/dead-letters/{id}/replay', scope: 'operate', status: 202 },
  input: z.strictObject({ id: z.string().min(1).max(64), idempotencyKey: IdempotencyKey.optional() }),
  output: DeadLetterRecord,
  needs: ['store', 'bus'],
  timeoutSeconds: 29,
  memoryMb: 256,
  handle: async ({ id }, ports) => {
    const letter = await findDeadLetter(ports.store, id);
    const { type, subject, data } = letter.event;
    const event = domainEvent({ name: eventName(type) ?? type, subject, data });
    await ports.bus.publish([event], `replay of ${id} from ${letter.keptAt}`);
    await removeDeadLetter(ports.store, id);
    return letter;
  },
});
