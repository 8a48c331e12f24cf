import { CreateTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { JobSpec } from '../shared/domain/job.ts';
import { eventPublisher } from '../shared/event-bus/publish.ts';
import { storeEventBus } from '../shared/event-bus/store-bus.ts';
import { systemClock as clock } from '../shared/kernel/clock.ts';
import { systemIds as ids } from '../shared/kernel/ids.ts';
import { memoryObjectStore } from '../shared/object-store/memory.ts';
import { sageMakerTrainingPlatform } from '../shared/training/sagemaker.ts';
import { submitJob } from '../shared/training/submit.ts';

const spec = JobSpec.parse({
  kind: 'train',
  target: 'sagemaker-eu',
  image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/train:1',
  command: ['python3', 'train.py'],
  inputs: { training: 's3://bucket/flights/' },
});

test('eight submissions of one key ask SageMaker for one name, with the hash of the spec in a tag', async () => {
  const vendor = mockClient(SageMakerClient);
  vendor.on(CreateTrainingJobCommand).resolves({ TrainingJobArn: 'arn' });
  const platform = sageMakerTrainingPlatform({
    client: new SageMakerClient({ region: 'eu-west-1' }),
    storeUrl: 's3://bucket/',
    roleArn: 'arn:aws:iam::123456789012:role/training',
    outputUrl: 's3://bucket/out/',
    volumeGb: 30,
  });
  const store = memoryObjectStore({ clock, ids });
  const bus = eventPublisher({ bus: storeEventBus({ store, clock, ids }), clock, source: 'urn:test' });
  const ports = { store, bus, clock, ids, training: { platform: async () => platform } };

  const jobs = await Promise.all(Array.from({ length: 8 }, () => submitJob(ports, { idempotencyKey: 'monday', spec })));

  const requests = vendor.commandCalls(CreateTrainingJobCommand).map((call) => call.args[0].input);
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
  expect(requests.length).toBeGreaterThan(0);
  for (const { TrainingJobName, Tags } of requests) {
    expect(TrainingJobName).toBe(jobs[0]?.vendorName);
    expect(Tags).toContainEqual({ Key: 'driftless:spec-hash', Value: jobs[0]?.specHash });
  }
});
