import * as z from 'zod';
import { Check } from '../../shared/domain/drift.ts';
import { Name, Time } from '../../shared/domain/names.ts';
import { IdempotencyKey } from '../../shared/domain/views.ts';
import { DriftlessError } from '../../shared/kernel/errors.ts';
import { checkWindow, latestWindow } from '../../shared/monitoring/check.ts';
import { defineFunction } from '../../shared/ports.ts';

export default defineFunction({
  name: 'request-check',
  summary: 'Checks one window now: the given one, else the latest that has data.',
  unit: 'check-drift',
  trigger: { kind: 'http', method: 'POST', path: '/v1/models/{model}/checks', scope: 'models:write', status: 201 },
  input: z.strictObject({
    model: Name,
    body: z.strictObject({ windowStart: Time.optional() }).prefault({}),
    idempotencyKey: IdempotencyKey.optional(),
  }),
  output: Check,
  needs: ['store', 'bus'],
  timeoutSeconds: 29,
  memoryMb: 512,
  handle: async ({ model, body }, ports) => {
    const start = body.windowStart ?? (await latestWindow(ports.store, model));
    const check = start === null ? null : await checkWindow(ports, model, start);
    if (check) return check;
    const what = start === null ? 'no profiled data' : `no data in the window ${start}, or no baseline`;
    throw new DriftlessError(
      'not-found',
      `The model ${model} has ${what}; put data in its inbox and promote a version first.`,
    );
  },
});
