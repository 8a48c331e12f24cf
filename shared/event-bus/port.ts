import type { CloudEvent } from '../kernel/cloud-event.ts';

/** At least once, in no order. A result for each event, in the order given; never throws for a single event's failure. */
export type EventBus = {
  publish(events: CloudEvent[]): Promise<PublishResult[]>;
};

export type PublishResult = { id: string; error?: { code: 'too-large' | 'unavailable'; detail: string } };
