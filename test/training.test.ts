import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { sageMakerTrainingPlatform } from '../shared/training/sagemaker.ts';
import { openSageMaker, trainingBackends } from './backends/training.ts';
import { withIgnoredHash } from './broken/training-ignored-hash.ts';
import { withRandomNames } from './broken/training-random-names.ts';
import { withUnknownAsFailed } from './broken/training-unknown-as-failed.ts';
import { type Case, type TrainingContext, trainingCases } from './conformance/training.ts';

const verdictOf = async (open: () => Promise<TrainingContext>, one: Case): Promise<string> => {
  const context = await open();
  try {
    await one.run(context);
    return 'passed';
  } catch (error) {
    return `rejected: ${inspect(error)}`;
  } finally {
    await context.close();
  }
};

/** The names of the cases that a platform fails. */
const rejectedCases = async (open: () => Promise<TrainingContext>): Promise<string[]> => {
  const verdicts = await Promise.all(trainingCases.map((one) => verdictOf(open, one)));
  return trainingCases.filter((_, index) => verdicts[index] !== 'passed').map(({ name }) => name);
};

describe.each(trainingBackends)('training on $name', ({ open, deviations }) => {
  test.each(trainingCases)('$name', async (one) => {
    const declared = Object.hasOwn(deviations, one.name);
    expect(await verdictOf(open, one)).toMatch(declared ? /^rejected/ : /^passed$/);
  });

  test('every deviation names a case', () => {
    expect(trainingCases.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(deviations)));
  });
});

describe('the suite rejects a platform that', () => {
  test('gives its jobs random names', async () => {
    const rejected = await rejectedCases(() =>
      openSageMaker((options) => withRandomNames(sageMakerTrainingPlatform(options))),
    );
    expect(rejected).toContain('the same key twice is one vendor job');
  });

  test('takes any spec for a repetition', async () => {
    const rejected = await rejectedCases(() =>
      openSageMaker((options) => withIgnoredHash(sageMakerTrainingPlatform(options))),
    );
    expect(rejected).toEqual(['the same key with another spec is a conflict, and the first job goes on']);
  });

  test('gives up on a state that it does not know', async () => {
    const rejected = await rejectedCases(() =>
      openSageMaker((options) => withUnknownAsFailed(sageMakerTrainingPlatform(options), options.client)),
    );
    expect(rejected).toContain('a state that nobody has heard of is running');
  });
});
