import { DescribeTrainingJobCommand, type SageMakerClient } from '@aws-sdk/client-sagemaker';
import type { TrainingPlatform } from '../../shared/training/port.ts';

const known = ['InProgress', 'Completed', 'Failed', 'Stopping', 'Stopped'];

/** Broken: gives up a job when the service invents a state. */
export const withUnknownAsFailed = (platform: TrainingPlatform, client: SageMakerClient): TrainingPlatform => ({
  ...platform,
  describe: async (name) => {
    const job = await platform.describe(name);
    if (!job) return null;
    const { TrainingJobStatus = '' } = await client.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
    return known.includes(TrainingJobStatus) ? job : { ...job, state: 'failed' };
  },
});
