import { eventName } from '../domain/events.ts';
import type { CloudEvent } from '../kernel/cloud-event.ts';
import type { DefinedFunction } from '../kernel/define-function.ts';

/** Who takes an event: the rows that name its type, or under whose prefix its object lies. */
export const subscribersOf = <Ports>(
  table: readonly DefinedFunction<Ports>[],
  event: Pick<CloudEvent, 'type' | 'subject'>,
): DefinedFunction<Ports>[] => {
  const name = eventName(event.type);
  if (name === null) return [];
  return table.filter(({ trigger }) => {
    if (trigger.kind === 'event') return trigger.types.includes(name);
    if (trigger.kind !== 'object-created' || name !== 'object.created') return false;
    return event.subject.startsWith(trigger.prefix) && event.subject.endsWith(trigger.suffix ?? '');
  });
};
