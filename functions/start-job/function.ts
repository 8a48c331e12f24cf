import { catalogue } from '../../shared/domain/events.ts';
import { Job } from '../../shared/domain/job-record.ts';
import { defineFunction } from '../../shared/ports.ts';
import { submitAwaitedJob } from '../../shared/training/submit.ts';

export default defineFunction({
  name: 'start-job',
  summary: 'Accepts and starts a job that another function asked for.',
  unit: 'submit-job',
  trigger: { kind: 'event', types: ['job.requested'] },
  input: catalogue['job.requested'],
  output: Job,
  needs: ['store', 'bus', 'training'],
  timeoutSeconds: 29,
  memoryMb: 256,
  handle: ({ idempotencyKey, job, retraining }, ports) =>
    submitAwaitedJob(ports, { idempotencyKey, spec: job, retraining }),
});
