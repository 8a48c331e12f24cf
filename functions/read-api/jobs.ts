import * as z from 'zod';
import { Job } from '../../shared/domain/job-record.ts';
import { jobIndex, jobRecord, modelJobs } from '../../shared/domain/keys.ts';
import { Name } from '../../shared/domain/names.ts';
import { pageOf, pageQuery } from '../../shared/domain/views.ts';
import { defineFunction } from '../../shared/ports.ts';
import { findJob } from '../../shared/training/track.ts';
import { pageOfRecords, read } from './read.ts';

export const listJobs = defineFunction({
  ...read('list-jobs', 'Jobs, newest first; of one model if named.', '/v1/jobs', 'jobs:read'),
  input: z.strictObject({ model: Name.optional(), ...pageQuery }),
  output: pageOf(Job),
  needs: ['store'],
  handle: ({ model, ...query }, { store }) =>
    pageOfRecords(store, model === undefined ? jobIndex : modelJobs(model), Job, query, recordOfEntry),
});

/** An index entry ends in `-<job id>`; ids hold no `-`. */
const recordOfEntry = (key: string): string => jobRecord(key.slice(key.lastIndexOf('-') + 1));

export const getJob = defineFunction({
  ...read('get-job', 'One job.', '/v1/jobs/{id}', 'jobs:read'),
  input: z.strictObject({ id: z.string().min(1).max(64) }),
  output: Job,
  needs: ['store'],
  handle: ({ id }, { store }) => findJob({ store }, id),
});

export const getJobLogs = defineFunction({
  ...read('get-job-logs', 'What a job printed, oldest first.', '/v1/jobs/{id}/logs', 'jobs:read'),
  input: z.strictObject({
    id: z.string().min(1).max(64),
    cursor: z.string().max(200).optional(),
    limit: z.coerce.number().int().min(1).max(1000).default(1000),
  }),
  output: pageOf(z.string()),
  needs: ['store', 'training'],
  handle: async ({ id, cursor, limit }, { store, training }) => {
    const { target, vendorName } = await findJob({ store }, id);
    const platform = await training.platform(target);
    const page = await platform.logs(vendorName, { limit, ...(cursor === undefined ? {} : { after: cursor }) });
    return { items: page.lines, next: page.next ?? null };
  },
});
