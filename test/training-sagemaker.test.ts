import { describe, expect, test } from 'vitest';
import type { PlannedJob } from '../shared/training/port.ts';
import { sageMakerTrainingPlatform } from '../shared/training/sagemaker.ts';
import { planSageMaker } from '../shared/training/sagemaker-plan.ts';
import { plannedJob, sageMakerTarget } from './backends/training.ts';
import { fakeSageMaker } from './fakes/sagemaker.ts';

const image = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/train:1';
const trainJob = (spec: Record<string, unknown> = {}): PlannedJob =>
  plannedJob({ image, command: ['endless'], ...spec });

const open = (maxAttempts?: number) => {
  const fake = fakeSageMaker(maxAttempts);
  return { fake, platform: sageMakerTrainingPlatform({ ...sageMakerTarget, client: fake.client }) };
};

const unsupportedFields = (spec: Record<string, unknown>, target = {}): string[] => {
  const plan = planSageMaker(trainJob(spec), { ...sageMakerTarget, ...target });
  return 'unsupported' in plan ? plan.unsupported.map(({ field }) => field) : [];
};

describe('the request', () => {
  test('carries the whole spec', () => {
    const job = trainJob({
      command: ['python', 'train.py'],
      hyperparameters: { epochs: 3 },
      inputs: { train: 'data/train/', labels: 's3://elsewhere/labels/' },
      resources: { gpu: { type: 'A10G', count: 1 }, memory: '20Gi' },
      spot: true,
      maxRunTime: 'PT1H',
      maxWaitTime: 'PT2H',
      environment: { COLOUR: 'blue' },
      metrics: ['loss'],
    });
    const plan = planSageMaker(job, { ...sageMakerTarget, storeUrl: 's3://lake/driftless?region=eu-west-1' });
    expect(plan).toMatchObject({
      request: {
        TrainingJobName: job.name,
        RoleArn: sageMakerTarget.roleArn,
        AlgorithmSpecification: {
          TrainingImage: image,
          ContainerEntrypoint: ['python'],
          ContainerArguments: ['train.py'],
          MetricDefinitions: [{ Name: 'loss' }],
        },
        HyperParameters: { epochs: '3' },
        InputDataConfig: [
          { ChannelName: 'train', DataSource: { S3DataSource: { S3Uri: 's3://lake/driftless/data/train/' } } },
          { ChannelName: 'labels', DataSource: { S3DataSource: { S3Uri: 's3://elsewhere/labels/' } } },
        ],
        OutputDataConfig: { S3OutputPath: `s3://lake/driftless/${job.outputs}` },
        ResourceConfig: { InstanceType: 'ml.g5.2xlarge', InstanceCount: 1 },
        StoppingCondition: { MaxRuntimeInSeconds: 3600, MaxWaitTimeInSeconds: 7200 },
        EnableManagedSpotTraining: true,
        Environment: {
          COLOUR: 'blue',
          SM_HP_EPOCHS: '3',
          SM_CHANNEL_TRAIN: '/opt/ml/input/data/train',
          SM_NUM_GPUS: '1',
        },
        Tags: [
          { Key: 'driftless:job', Value: job.name },
          { Key: 'driftless:spec-hash', Value: job.specHash },
        ],
      },
    });
  });

  test('goes to the landing bucket when the store is elsewhere', () => {
    const job = trainJob();
    const plan = planSageMaker(job, { ...sageMakerTarget, storeUrl: 'file:/tmp/store' });
    expect(plan).toMatchObject({
      request: { OutputDataConfig: { S3OutputPath: `s3://landing/driftless/${job.outputs}` } },
    });
  });

  test.each([
    ['kind', { kind: 'batch' }],
    ['image', { image: undefined }],
    ['source', { source: 'code/' }],
    ['command.1', { command: ['python', 'x'.repeat(257)] }],
    ['hyperparameters', { hyperparameters: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`p${i}`, 1])) }],
    ['hyperparameters.text', { hyperparameters: { text: 'x'.repeat(257) } }],
    ['hyperparameters', { hyperparameters: { a: 'x'.repeat(250), b: 'x'.repeat(250), c: 'x'.repeat(250) } }],
    ['environment.LONG', { environment: { LONG: 'x'.repeat(513) } }],
    ['inputs.train', { inputs: { train: 'data/train/' } }],
    ['inputs.train', { inputs: { train: ['s3://a/b', 's3://a/c'] } }],
    ['inputs.train', { inputs: { train: 'https://example.com/data.csv' } }],
    ['secrets.TOKEN', { secrets: { TOKEN: 'env:TOKEN' } }],
    ['resources.gpu', { resources: { gpu: { type: 'A100-80', count: 1 } } }],
    ['resources.cpu', { resources: { cpu: 1000 } }],
    ['resources.memory', { resources: { memory: '4000Gi' } }],
    ['resources.nodes', { resources: { nodes: 2 } }],
    ['maxRunTime', { maxRunTime: 'P29D' }],
    ['maxWaitTime', { spot: true, maxRunTime: 'PT2H', maxWaitTime: 'PT1H' }],
    ['maxWaitTime', { maxWaitTime: 'PT1H' }],
  ])('is refused for %s', (field, spec) => {
    expect(unsupportedFields(spec)).toContain(field);
  });

  test('takes its machine from the target when the target lists some', () => {
    const instances = [{ type: 'ml.new9.huge', cpus: 8, memoryGib: 8, gpu: { type: 'Z9', count: 2 } }];
    const resources = { gpu: { type: 'Z9', count: 2 } };
    expect(unsupportedFields({ resources }, { instances })).toEqual([]);
    expect(unsupportedFields({}, { instances })).toEqual(['resources.gpu']);
  });
});

describe('submit', () => {
  test.each([
    ['ThrottlingException', 400, 'throttled'],
    ['ValidationException', 400, 'refused'],
    ['ResourceLimitExceeded', 400, 'refused'],
    ['AccessDeniedException', 400, 'forbidden'],
    ['ExpiredTokenException', 403, 'forbidden'],
    ['InternalFailure', 500, 'unavailable'],
    ['ServiceUnavailable', 503, 'unavailable'],
  ])('tells %s (%i) as %s', async (type, status, code) => {
    const { fake, platform } = open();
    fake.fail('CreateTrainingJob', type, { status });
    await expect(platform.submit(trainJob())).rejects.toMatchObject({ code });
    expect(fake.names()).toEqual([]);
  });

  test("says in SageMaker's own words what it refuses", async () => {
    const { fake, platform } = open();
    fake.fail('CreateTrainingJob', 'ValidationException', { message: 'There is no such image.' });
    await expect(platform.submit(trainJob())).rejects.toThrow('There is no such image.');
  });

  test('tells a quota apart from other refusals', async () => {
    const { fake, platform } = open();
    fake.fail('CreateTrainingJob', 'ResourceLimitExceeded');
    await expect(platform.submit(trainJob())).rejects.toMatchObject({ faults: [{ message: 'quota' }] });
  });

  test('is a success when the job is there, though the service answered with an error', async () => {
    const { fake, platform } = open();
    const job = trainJob();
    fake.fail('CreateTrainingJob', 'InternalFailure', { applied: true, status: 500 });
    await platform.submit(job);
    expect(fake.names()).toEqual([job.name]);
  });

  test('survives the repetition by the SDK of a create that had been done', async () => {
    const { fake, platform } = open(3);
    const job = trainJob();
    fake.fail('CreateTrainingJob', 'InternalFailure', { applied: true, status: 500 });
    await platform.submit(job);
    expect(fake.calls).toEqual(['CreateTrainingJob', 'CreateTrainingJob', 'DescribeTrainingJob', 'ListTags']);
  });

  test('is unavailable while a taken name is not shown yet', async () => {
    const { fake, platform } = open();
    fake.fail('CreateTrainingJob', 'ResourceInUse');
    await expect(platform.submit(trainJob())).rejects.toMatchObject({ code: 'unavailable' });
  });
});

/** What `describe` tells of a job that SageMaker describes so. */
const told = async (step: { TrainingJobStatus: string; SecondaryStatus: string; [field: string]: unknown }) => {
  const { fake, platform } = open();
  const job = trainJob();
  await platform.submit(job);
  fake.script(job.name, [step]);
  return platform.describe(job.name);
};

describe('what is told of a job', () => {
  test.each([
    ['InProgress', 'LaunchingMLInstances', 'pending'],
    ['InProgress', 'DownloadingTrainingImage', 'pending'],
    ['InProgress', 'Downloading', 'running'],
    ['InProgress', 'Interrupted', 'running'],
    ['InProgress', 'Meditating', 'running'],
    ['Meditating', 'Training', 'running'],
    ['toString', 'constructor', 'running'],
    ['Stopping', 'Stopping', 'running'],
    ['Completed', 'Completed', 'succeeded'],
    ['Stopped', 'Stopped', 'stopped'],
    ['Stopped', 'MaxRuntimeExceeded', 'failed'],
    ['Stopped', 'MaxWaitTimeExceeded', 'failed'],
    ['Failed', 'Failed', 'failed'],
  ])('tells %s / %s as %s', async (TrainingJobStatus, SecondaryStatus, state) => {
    expect(await told({ TrainingJobStatus, SecondaryStatus })).toMatchObject({ state });
  });

  test('a spot job that starts again is not pending again', async () => {
    const step = { TrainingJobStatus: 'InProgress', SecondaryStatus: 'Starting', TrainingStartTime: 1.7e9 };
    expect(await told(step)).toMatchObject({ state: 'running' });
  });

  test.each([
    ['MaxRuntimeExceeded', 'Stopped', '', 'timeout'],
    ['Failed', 'Failed', 'CapacityError: Unable to provision requested ML compute capacity.', 'capacity'],
    ['Failed', 'Failed', 'AlgorithmError: , exit code: 1', 'exit-code'],
    ['Failed', 'Failed', 'ClientError: no such image', 'configuration'],
    ['Failed', 'Failed', 'InternalServerError: retry', 'unknown'],
  ])('%s, %s, %j has the reason %s', async (SecondaryStatus, TrainingJobStatus, FailureReason, code) => {
    expect((await told({ TrainingJobStatus, SecondaryStatus, FailureReason }))?.reason?.code).toBe(code);
  });

  test('a job that is being deleted is gone', async () => {
    expect(await told({ TrainingJobStatus: 'Deleting', SecondaryStatus: 'Completed' })).toBeNull();
  });

  test('a refusal for a job that is there is not taken for its absence', async () => {
    const { fake, platform } = open();
    const job = trainJob();
    await platform.submit(job);
    fake.fail('DescribeTrainingJob', 'ValidationException');
    await expect(platform.describe(job.name)).rejects.toMatchObject({ code: 'refused' });
  });

  test('logs are said to be elsewhere', async () => {
    await expect(open().platform.logs('m1')).rejects.toMatchObject({ code: 'unsupported' });
  });
});
