import * as z from 'zod';
import { Name } from '../../shared/domain/names.ts';
import { Retraining } from '../../shared/domain/retraining.ts';
import { IdempotencyKey } from '../../shared/domain/views.ts';
import { defineFunction } from '../../shared/ports.ts';
import { startRetraining } from '../../shared/retraining/start.ts';

export default defineFunction({
  name: 'request-retraining',
  summary: 'Asks for a retraining. The answer is the run, or the record of why there is none.',
  unit: 'retrain-model',
  trigger: { kind: 'http', method: 'POST', path: '/v1/models/{model}/retrainings', scope: 'models:write', status: 202 },
  input: z.strictObject({
    model: Name,
    body: z.strictObject({ reason: z.string().min(1).max(1000).default('on request') }).prefault({}),
    idempotencyKey: IdempotencyKey.optional(),
  }),
  output: Retraining,
  needs: ['store', 'bus'],
  timeoutSeconds: 29,
  memoryMb: 512,
  handle: ({ model, body, idempotencyKey }, ports) =>
    startRetraining(ports, { model, reason: body.reason, cause: idempotencyKey ?? ports.ids.next() }),
});
