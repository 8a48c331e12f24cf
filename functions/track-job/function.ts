import { catalogue } from '../../shared/domain/events.ts';
import { Job } from '../../shared/domain/job-record.ts';
import { defineFunction } from '../../shared/ports.ts';
import { trackJob } from '../../shared/training/track.ts';

export default defineFunction({
  name: 'track-job',
  summary: "Brings a job's record up to its platform's truth, and tells of its end.",
  trigger: { kind: 'event', types: ['job.changed'] },
  input: catalogue['job.changed'],
  output: Job,
  needs: ['store', 'bus', 'training'],
  timeoutSeconds: 29,
  memoryMb: 256,
  handle: ({ job }, ports) => trackJob(ports, job),
});
