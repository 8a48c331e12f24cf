import * as z from 'zod';
import { Name } from '../../shared/domain/names.ts';
import { Alias } from '../../shared/domain/version.ts';
import { IdempotencyKey } from '../../shared/domain/views.ts';
import { defineFunction } from '../../shared/ports.ts';
import { moveAlias } from '../../shared/registry/aliases.ts';

const Target = z.strictObject({
  version: z.int().positive(),
  reason: z.string().max(1000).default('on request'),
  /** Move it only if it points there now; null: only if it points nowhere. */
  from: z.int().positive().nullable().optional(),
});

export default defineFunction({
  name: 'move-alias',
  summary: 'Points an alias at a version. Promoting is moving the alias champion.',
  unit: 'registry',
  trigger: { kind: 'http', method: 'PUT', path: '/v1/models/{model}/aliases/{alias}', scope: 'models:write' },
  input: z.strictObject({ model: Name, alias: Name, body: Target, idempotencyKey: IdempotencyKey.optional() }),
  output: Alias,
  needs: ['store', 'bus'],
  timeoutSeconds: 29,
  memoryMb: 256,
  handle: ({ model, alias, body, idempotencyKey }, ports) =>
    moveAlias(ports, { model, alias, ...body, cause: idempotencyKey ?? ports.ids.next() }),
});
