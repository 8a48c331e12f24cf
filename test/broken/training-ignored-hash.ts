import { isError } from '../../shared/kernel/errors.ts';
import type { TrainingPlatform } from '../../shared/training/port.ts';

/** Broken: a taken name counts as success, whatever runs under it. */
export const withIgnoredHash = (platform: TrainingPlatform): TrainingPlatform => ({
  ...platform,
  submit: (job) =>
    platform.submit(job).catch((error: unknown) => {
      if (!isError(error, 'conflict')) throw error;
    }),
});
