import { systemIds } from '../../shared/kernel/ids.ts';
import type { TrainingPlatform } from '../../shared/training/port.ts';

/** Broken: a new vendor name for every submit, as SDKs do by default. */
export const withRandomNames = (platform: TrainingPlatform): TrainingPlatform => {
  const given = new Map<string, string>();
  const nameOf = (name: string): string => given.get(name) ?? name;
  return {
    ...platform,
    submit: async (job) => {
      given.set(job.name, `${job.name}-${systemIds.next()}`);
      await platform.submit({ ...job, name: nameOf(job.name) });
    },
    describe: (name) => platform.describe(nameOf(name)),
    stop: (name) => platform.stop(nameOf(name)),
  };
};
