import { Job } from '../../../shared/domain/job-record.ts';
import { jobRecord } from '../../../shared/domain/keys.ts';
import { catalogue } from '../../../shared/domain/events.ts';
import { readRecord, updateRecord } from '../../../shared/object-store/records.ts';
import { defineFunction } from '../../../shared/ports.ts';
import { trackJob } from '../../../shared/training/track.ts';
import type { Broken } from '../../simulation/world.ts';

/** Tells the vendor's last word, however old, and writes it down as the truth. */
const trackCarelessly = defineFunction({
  name: 'track-job',
  summary: 'Broken.',
  trigger: { kind: 'event', types: ['job.changed'] },
  input: catalogue['job.changed'],
  output: Job,
  needs: ['store', 'bus', 'training'],
  timeoutSeconds: 29,
  memoryMb: 256,
  handle: async ({ job: id }, ports) => {
    const known = (await readRecord(ports.store, jobRecord(id), Job))?.value;
    const status = known && (await (await ports.training.platform(known.target)).describe(known.vendorName));
    const job = await trackJob(ports, id);
    if (!status || status.state === job.state) return job;
    return updateRecord(ports, jobRecord(id), Job, (now) => now && { ...now, state: status.state });
  },
});

/** Broken: a job that has ended runs again when an old answer comes late. */
export const regressesJobs: Broken = {
  name: 'tracking that goes back from a final state',
  rows: (rows) => rows.map((row) => (row.name === 'track-job' ? trackCarelessly : row)),
};
