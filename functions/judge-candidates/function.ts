import * as z from 'zod';
import { Name } from '../../shared/domain/names.ts';
import { Retraining } from '../../shared/domain/retraining.ts';
import { defineFunction } from '../../shared/ports.ts';
import { driveRetraining } from '../../shared/retraining/judge.ts';

export default defineFunction({
  name: 'judge-candidates',
  summary: "Takes a model's retraining as far as it can go: train, score, judge, promote or refuse.",
  trigger: { kind: 'event', types: ['retraining.started', 'job.finished', 'artifact.registered', 'labels.joined'] },
  input: z.object({ model: Name.optional() }),
  output: z.strictObject({ retraining: Retraining.nullable() }),
  needs: ['store', 'bus'],
  timeoutSeconds: 60,
  memoryMb: 512,
  handle: async ({ model }, ports) => ({
    retraining: model === undefined ? null : await driveRetraining(ports, model),
  }),
});
