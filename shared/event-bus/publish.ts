import { catalogue, cloudEvent, type DomainEvent } from '../domain/events.ts';
import { type Clock, isoTime } from '../kernel/clock.ts';
import { DriftlessError } from '../kernel/errors.ts';
import type { EventBus } from './port.ts';

/** How functions speak: in events of the catalogue, or not at all. */
export type EventPublisher = {
  /**
   * All of them are on the bus when this returns. Throws `unavailable` otherwise: publish them all again, the ids are
   * the same. `moment` sets apart events that would otherwise be the same one (a poll, say).
   */
  publish(events: DomainEvent[], moment?: string): Promise<void>;
};

export const eventPublisher = ({
  bus,
  clock,
  source,
}: {
  bus: EventBus;
  clock: Clock;
  source: string;
}): EventPublisher => ({
  publish: async (events, moment) => {
    const time = isoTime(clock.now());
    const context = { source, time, ...(moment === undefined ? {} : { moment }) };
    for (const event of events) catalogue[event.name].parse(event.data);
    const results = await bus.publish(events.map((event) => cloudEvent(event, context)));
    const failed = results.find((result) => result.error);
    if (!failed?.error) return;
    throw new DriftlessError(failed.error.code, `The event ${failed.id} was not published: ${failed.error.detail}`);
  },
});
