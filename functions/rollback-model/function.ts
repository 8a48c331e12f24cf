import * as z from 'zod';
import { Name } from '../../shared/domain/names.ts';
import { Alias } from '../../shared/domain/version.ts';
import { IdempotencyKey } from '../../shared/domain/views.ts';
import { defineFunction } from '../../shared/ports.ts';
import { champion, rollbackAlias } from '../../shared/registry/aliases.ts';

const Reason = z.strictObject({ reason: z.string().max(1000).default('on request') });

export default defineFunction({
  name: 'rollback-model',
  summary: 'Points the champion at what it was before. The same idempotency key again rolls back nothing more.',
  unit: 'registry',
  trigger: { kind: 'http', method: 'POST', path: '/v1/models/{model}/rollback', scope: 'models:write' },
  input: z.strictObject({ model: Name, body: Reason.prefault({}), idempotencyKey: IdempotencyKey.optional() }),
  output: Alias,
  needs: ['store', 'bus'],
  timeoutSeconds: 29,
  memoryMb: 256,
  handle: ({ model, body, idempotencyKey }, ports) =>
    rollbackAlias(ports, { model, alias: champion, reason: body.reason, cause: idempotencyKey ?? ports.ids.next() }),
});
