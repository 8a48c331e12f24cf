import * as z from 'zod';
import { catalogue } from '../../shared/domain/events.ts';
import { Job } from '../../shared/domain/job-record.ts';
import { defineFunction } from '../../shared/ports.ts';
import { trackJob } from '../../shared/training/track.ts';

export default defineFunction({
  name: 'track-completion',
  summary: 'Tracks a job when its completion object appears, where a platform sends no event of its own.',
  unit: 'track-job',
  trigger: { kind: 'object-created', prefix: 'jobs/', suffix: '/completion.json' },
  input: catalogue['object.created'],
  output: z.strictObject({ job: Job }),
  needs: ['store', 'bus', 'training'],
  timeoutSeconds: 29,
  memoryMb: 256,
  handle: async ({ key }, ports) => ({ job: await trackJob(ports, key.split('/')[1] ?? '') }),
});
