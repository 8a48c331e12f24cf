import * as z from 'zod';
import { catalogue } from '../../shared/domain/events.ts';
import { registerJobModel } from '../../shared/registry/job-models.ts';
import { defineFunction } from '../../shared/ports.ts';

export default defineFunction({
  name: 'register-job-model',
  summary: 'Makes what a training job wrote to SM_MODEL_DIR a version of its model.',
  unit: 'register-artifact',
  trigger: { kind: 'event', types: ['job.finished'] },
  input: catalogue['job.finished'],
  output: z.strictObject({ version: z.int().nullable() }),
  needs: ['store', 'bus'],
  timeoutSeconds: 900,
  memoryMb: 512,
  handle: async ({ job, state, kind, model }, ports) => {
    if (state !== 'succeeded' || kind !== 'train' || !model) return { version: null };
    return { version: await registerJobModel(ports, job) };
  },
});
