import * as z from 'zod';
import { JobSpec } from '../../shared/domain/job.ts';
import { Job } from '../../shared/domain/job-record.ts';
import { IdempotencyKey } from '../../shared/domain/views.ts';
import { defineFunction } from '../../shared/ports.ts';
import { submitJob } from '../../shared/training/submit.ts';

export default defineFunction({
  name: 'submit-job',
  summary: 'Accepts a job and starts it on its target. The same idempotency key again is the same job.',
  trigger: { kind: 'http', method: 'POST', path: '/v1/jobs', scope: 'jobs:write', status: 202 },
  input: z.strictObject({ body: JobSpec, idempotencyKey: IdempotencyKey.optional() }),
  output: Job,
  needs: ['store', 'bus', 'training'],
  timeoutSeconds: 29,
  memoryMb: 256,
  handle: ({ body, idempotencyKey }, ports) =>
    submitJob(ports, { idempotencyKey: idempotencyKey ?? ports.ids.next(), spec: body }),
});
