import type { Target, Targets } from '../domain/target.ts';
import type { Clock } from '../kernel/clock.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { nearest } from '../kernel/parse.ts';
import type { TrainingPlatform, TrainingTargets } from './port.ts';

export type TrainingContext = {
  storeUrl: string;
  /** Where the local runner keeps its runs; a folder of this machine. */
  runsDir: string;
  clock: Clock;
  /** The local runner's own program, when it is bundled elsewhere than beside `local.ts`. */
  supervisorPath?: string;
};

/**
 * The platforms of `targets.yaml`, each opened when it is first asked for: only its own SDK is loaded. `local` is this
 * machine unless the targets say otherwise. Throws `not-found`, naming the known targets, for a name that is not among them.
 */
export const openTrainingPlatforms = (targets: Targets, context: TrainingContext): TrainingTargets => {
  const known = new Map<string, Target>([['local', { platform: 'local' }], ...Object.entries(targets)]);
  const opened = new Map<string, Promise<TrainingPlatform>>();
  return {
    platform: (name) => {
      const already = opened.get(name);
      if (already) return already;
      const target = known.get(name);
      if (!target) return Promise.reject(unknownTarget(name, [...known.keys()]));
      const opening = openTarget(target, context);
      opened.set(name, opening);
      opening.catch(() => opened.delete(name));
      return opening;
    },
  };
};

const openTarget = async (target: Target, context: TrainingContext): Promise<TrainingPlatform> => {
  if (target.platform === 'local') return (await import('./local.ts')).localTrainingPlatform(context);
  const [{ SageMakerClient }, { sageMakerTrainingPlatform }] = await Promise.all([
    import('@aws-sdk/client-sagemaker'),
    import('./sagemaker.ts'),
  ]);
  const { region, roleArn, outputUrl, volumeGb, instances } = target;
  return sageMakerTrainingPlatform({
    client: new SageMakerClient({ region, retryMode: 'adaptive' }),
    storeUrl: context.storeUrl,
    roleArn,
    outputUrl,
    volumeGb,
    ...(instances ? { instances } : {}),
  });
};

const unknownTarget = (name: string, known: string[]): DriftlessError => {
  const suggestion = nearest(name, known);
  const message = `There is no target ${name}. The known targets are ${known.join(', ')}.`;
  return new DriftlessError('not-found', message, {
    faults: [{ path: 'target', message: 'is not a known target', ...(suggestion ? { suggestion } : {}) }],
  });
};
