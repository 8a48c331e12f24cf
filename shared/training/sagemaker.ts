import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  type DescribeTrainingJobResponse,
  ListTagsCommand,
  ListTrainingJobsCommand,
  type SageMakerClient,
  StopTrainingJobCommand,
} from '@aws-sdk/client-sagemaker';
import { DriftlessError } from '../kernel/errors.ts';
import type { Plan, PlannedJob, TrainingPlatform, VendorJob } from './port.ts';
import { exceptionName, sageMakerError } from './sagemaker-errors.ts';
import { planSageMaker, type SageMakerTarget } from './sagemaker-plan.ts';
import { sageMakerStatus } from './sagemaker-states.ts';

export type SageMakerOptions = SageMakerTarget & { client: SageMakerClient };

/**
 * Training jobs of one account and region. A job's name is unique there, so CreateTrainingJob is safe to repeat: a taken
 * name is told from a repetition by the tag `driftless:spec-hash`.
 */
export const sageMakerTrainingPlatform = ({ client, ...target }: SageMakerOptions): TrainingPlatform => {
  const plan = (job: PlannedJob): Plan => {
    const planned = planSageMaker(job, target);
    if ('unsupported' in planned) return planned;
    return { requests: [{ operation: 'CreateTrainingJob', body: planned.request }] };
  };

  /** Null when there is no such job. */
  const find = async (name: string): Promise<DescribeTrainingJobResponse | null> => {
    try {
      return await client.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
    } catch (error) {
      if (exceptionName(error) === 'ResourceNotFound') return null;
      // An absent job is a ValidationException like a malformed request (https://github.com/aws/aws-sdk/issues/165);
      // the list tells which, without reading the message.
      if (exceptionName(error) === 'ValidationException' && !(await isListed(name))) return null;
      throw sageMakerError(error, `describe the training job ${name}`);
    }
  };

  const isListed = async (name: string): Promise<boolean> => {
    let page: string | undefined;
    do {
      const { TrainingJobSummaries = [], NextToken } = await client
        .send(new ListTrainingJobsCommand({ NameContains: name, MaxResults: 100, NextToken: page }))
        .catch((error: unknown) => {
          throw sageMakerError(error, 'list training jobs');
        });
      if (TrainingJobSummaries.some(({ TrainingJobName }) => TrainingJobName === name)) return true;
      page = NextToken;
    } while (page !== undefined);
    return false;
  };

  /** Empty when the job was not made by Driftless. */
  const specHashOf = async (job: DescribeTrainingJobResponse): Promise<string> => {
    let page: string | undefined;
    do {
      const { Tags = [], NextToken } = await client
        .send(new ListTagsCommand({ ResourceArn: job.TrainingJobArn, NextToken: page }))
        .catch((error: unknown) => {
          throw sageMakerError(error, `read the tags of ${job.TrainingJobName}`);
        });
      const tag = Tags.find(({ Key }) => Key === 'driftless:spec-hash');
      if (tag) return tag.Value ?? '';
      page = NextToken;
    } while (page !== undefined);
    return '';
  };

  /** The create was answered by an error that leaves open whether the job is there. */
  const settleCreate = async ({ name, specHash }: PlannedJob, error: unknown): Promise<void> => {
    const existing = await find(name);
    if (!existing && exceptionName(error) !== 'ResourceInUse') throw sageMakerError(error, `create ${name}`);
    if (!existing)
      throw new DriftlessError('unavailable', `SageMaker knows the training job ${name} but does not show it yet.`);
    if ((await specHashOf(existing)) !== specHash)
      throw new DriftlessError('conflict', `SageMaker has a training job ${name} with another spec. Use another key.`);
  };

  return {
    platform: 'sagemaker',
    plan,
    submit: async (job) => {
      const planned = planSageMaker(job, target);
      if ('unsupported' in planned)
        throw new DriftlessError('unsupported', `SageMaker cannot run ${job.name} as it is; see the faults.`, {
          faults: planned.unsupported.map(({ field, reason }) => ({ path: field, message: reason })),
        });
      try {
        await client.send(new CreateTrainingJobCommand(planned.request));
      } catch (error) {
        const known = sageMakerError(error, `create the training job ${job.name}`);
        if (exceptionName(error) !== 'ResourceInUse' && known.code !== 'unavailable') throw known;
        await settleCreate(job, error);
      }
    },
    describe: async (name): Promise<VendorJob | null> => {
      const job = await find(name);
      const status = job && sageMakerStatus(job);
      return status && { ...status, specHash: await specHashOf(job) };
    },
    stop: async (name) => {
      try {
        await client.send(new StopTrainingJobCommand({ TrainingJobName: name }));
      } catch (error) {
        // Also the answer for a job that is absent, stopping or ended: https://github.com/awslabs/benchmark-ai/issues/928
        if (!['ResourceNotFound', 'ValidationException'].includes(exceptionName(error)))
          throw sageMakerError(error, `stop ${name}`);
        const job = await find(name);
        if (job?.TrainingJobStatus === 'InProgress') throw sageMakerError(error, `stop ${name}`);
      }
    },
    logs: async (name) => {
      const place = `CloudWatch Logs, group /aws/sagemaker/TrainingJobs, streams ${name}/…`;
      throw new DriftlessError('unsupported', `Driftless does not read the logs of SageMaker jobs yet; see ${place}.`);
    },
  };
};
