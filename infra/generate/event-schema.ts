import * as z from 'zod';
import { catalogue, cloudEvent, type DomainEvent, type EventName, eventType } from '../../shared/domain/events.ts';
import { eventExamples } from './event-examples.ts';

const text = { type: 'string', minLength: 1 };

/**
 * JSON Schema 2020-12 of an event as it travels: the CloudEvents 1.0 envelope around the catalogue's data. Extension
 * attributes are allowed, under the names that CloudEvents allows.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export const eventSchema = (name: EventName): object => {
  const { $schema, ...data } = z.toJSONSchema(catalogue[name], { io: 'input' });
  return {
    $schema,
    $id: `https://driftless.dev/events/${name}.v1.schema.json`,
    title: eventType(name),
    type: 'object',
    properties: {
      specversion: { const: '1.0' },
      id: text,
      source: { ...text, format: 'uri-reference' },
      type: { const: eventType(name) },
      subject: text,
      time: { type: 'string', format: 'date-time' },
      datacontenttype: { const: 'application/json' },
      traceparent: text,
      data,
    },
    required: ['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'data'],
    propertyNames: { pattern: '^[a-z0-9]+$' },
  };
};

/** A whole event as a reader of the schema would meet it. */
export const eventExample = (name: EventName): object =>
  cloudEvent({ name, ...eventExamples[name] } as DomainEvent, {
    source: 'urn:driftless:production',
    time: '2026-03-02T06:15:00.000Z',
  });
