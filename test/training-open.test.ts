import { expect, test } from 'vitest';
import { Targets } from '../shared/domain/target.ts';
import { systemClock } from '../shared/kernel/clock.ts';
import { openTrainingPlatforms } from '../shared/training/open.ts';

const targets = Targets.parse({
  'sagemaker-eu': {
    platform: 'sagemaker',
    region: 'eu-west-1',
    roleArn: 'arn:aws:iam::123456789012:role/training',
    outputUrl: 's3://landing/driftless/',
  },
});
const open = () => openTrainingPlatforms(targets, { storeUrl: 'file:./store', runsDir: './runs', clock: systemClock });

test('a target opens its own platform; local needs no configuration', async () => {
  expect((await open().platform('sagemaker-eu')).platform).toBe('sagemaker');
  expect((await open().platform('local')).platform).toBe('local');
});

test('an unknown target is named together with the known ones and the nearest', async () => {
  const failure = open().platform('sagemaker-us');
  await expect(failure).rejects.toMatchObject({ code: 'not-found', faults: [{ suggestion: 'sagemaker-eu' }] });
  await expect(failure).rejects.toThrow(/local, sagemaker-eu/);
  await expect(open().platform('toString')).rejects.toMatchObject({ faults: [{ path: 'target' }] });
});

test.each([
  { platform: 'sagemaker', region: 'eu-west-1', roleArn: 'nobody', outputUrl: 's3://bucket/' },
  {
    platform: 'sagemaker',
    region: 'eu-west-1',
    roleArn: 'arn:aws:iam::123456789012:role/r',
    outputUrl: 's3://bucket/a',
  },
  { platform: 'local', region: 'eu-west-1' },
  { platform: 'abacus' },
])('the target %j is refused', (target) => {
  expect(Targets.safeParse({ here: target }).success).toBe(false);
});
