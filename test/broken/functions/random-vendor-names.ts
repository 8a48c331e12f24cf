import type { Broken } from '../../simulation/world.ts';

/** Broken: a new name at the vendor for every submit, as SDKs do by default; the last one is the job's. */
export const randomVendorNames: Broken = {
  name: 'random vendor names',
  training: (platform, ids) => ({
    ...platform,
    submit: (job) => platform.submit({ ...job, name: `${job.name}-${ids.next()}` }),
  }),
};
