import * as z from 'zod';
import { Job } from '../../shared/domain/job-record.ts';
import { IdempotencyKey } from '../../shared/domain/views.ts';
import { defineFunction } from '../../shared/ports.ts';
import { stopJob } from '../../shared/training/track.ts';

export default defineFunction({
  name: 'stop-job',
  summary: 'Asks for a job to be stopped. A job that has ended stays as it ended.',
  unit: 'submit-job',
  trigger: { kind: 'http', method: 'POST', path: '/v1/jobs/{id}/stop', scope: 'jobs:write', status: 202 },
  input: z.strictObject({ id: z.string(), idempotencyKey: IdempotencyKey.optional() }),
  output: Job,
  needs: ['store', 'bus', 'training'],
  timeoutSeconds: 29,
  memoryMb: 256,
  handle: ({ id }, ports) => stopJob(ports, id),
});
