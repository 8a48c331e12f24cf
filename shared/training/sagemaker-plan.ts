import type { Channel, CreateTrainingJobRequest, TrainingInstanceType } from '@aws-sdk/client-sagemaker';
import type { JobSpec } from '../domain/job.ts';
import { durationMs } from '../domain/names.ts';
import { metricPattern } from './metrics.ts';
import type { PlannedJob } from './port.ts';
import { chooseInstance, type Instance, sageMakerInstances } from './sagemaker-instances.ts';
import { smEnvironment } from './sm-environment.ts';

export type SageMakerTarget = {
  roleArn: string;
  /** `s3://bucket/prefix/`: where jobs write when the store is not on S3. */
  outputUrl: string;
  /** The store's URL; when it is `s3://…`, inputs may be store keys and outputs stay in the store. */
  storeUrl?: string;
  volumeGb?: number;
  instances?: Instance[];
};

type Fault = { field: string; reason: string };

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html */
const limits = {
  hyperparameters: 100,
  hyperparameterCharacters: 256,
  variables: 100,
  variableCharacters: 512,
  channels: 20,
  argumentCount: 100,
  argumentCharacters: 256,
  runTimeSeconds: 28 * 86_400,
} as const;

/** The CreateTrainingJob request of a job, or every field of its spec that SageMaker cannot honour. Pure. */
export const planSageMaker = (
  job: PlannedJob,
  target: SageMakerTarget,
): { request: CreateTrainingJobRequest } | { unsupported: Fault[] } => {
  const { spec } = job;
  const instance = chooseInstance(spec.resources, target.instances ?? sageMakerInstances);
  const unsupported = [
    ...kindFaults(spec),
    ...commandFaults(spec.command),
    ...hyperparameterFaults(spec.hyperparameters),
    ...inputFaults(spec.inputs, target),
    ...('field' in instance ? [instance] : []),
    ...timeFaults(spec),
    ...('field' in instance ? [] : environmentFaults(spec, environmentOf(spec, instance))),
  ];
  if (unsupported.length > 0 || 'field' in instance) return { unsupported };
  return { request: requestOf(job, target, instance) };
};

const requestOf = (job: PlannedJob, target: SageMakerTarget, instance: Instance): CreateTrainingJobRequest => {
  const { spec, name, specHash, outputs } = job;
  const [program = '', ...programArguments] = spec.command;
  const runSeconds = durationMs(spec.maxRunTime) / 1000;
  const channels = Object.entries(spec.inputs).map(([channel, input]) => channelOf(channel, input, target));
  return {
    TrainingJobName: name,
    RoleArn: target.roleArn,
    AlgorithmSpecification: {
      TrainingImage: spec.image,
      TrainingInputMode: 'File',
      ContainerEntrypoint: [program],
      ...(programArguments.length > 0 ? { ContainerArguments: programArguments } : {}),
      ...(spec.metrics.length > 0 ? { MetricDefinitions: spec.metrics.map(metricDefinition) } : {}),
    },
    HyperParameters: Object.fromEntries(
      Object.entries(spec.hyperparameters).map(([key, value]) => [key, String(value)]),
    ),
    ...(channels.length > 0 ? { InputDataConfig: channels } : {}),
    // Uncompressed, so that a model is a prefix as on every other platform.
    OutputDataConfig: { S3OutputPath: outputRoot(target) + outputs, CompressionType: 'NONE' },
    ResourceConfig: {
      ...(isInstanceType(instance.type) ? { InstanceType: instance.type } : {}),
      InstanceCount: 1,
      VolumeSizeInGB: target.volumeGb ?? 30,
    },
    StoppingCondition: {
      MaxRuntimeInSeconds: runSeconds,
      ...(spec.spot ? { MaxWaitTimeInSeconds: waitSeconds(spec) } : {}),
    },
    EnableManagedSpotTraining: spec.spot,
    Environment: environmentOf(spec, instance),
    Tags: [
      { Key: 'driftless:job', Value: name },
      { Key: 'driftless:spec-hash', Value: specHash },
    ],
  };
};

/** The SDK's type lists the instances of its day; a target may name a newer one. */
const isInstanceType = (type: string): type is TrainingInstanceType => type.startsWith('ml.');

const outputRoot = ({ storeUrl, outputUrl }: SageMakerTarget): string => s3Root(storeUrl) ?? outputUrl;

/** `s3://bucket/prefix/` of a store on S3, whatever parameters its URL carries. */
const s3Root = (storeUrl: string | undefined): string | null => {
  if (!storeUrl?.startsWith('s3://')) return null;
  const root = storeUrl.replace(/[?#].*$/, '');
  return root.endsWith('/') ? root : `${root}/`;
};

const s3Url = (input: string, target: SageMakerTarget): string | null => {
  if (input.startsWith('s3://')) return input;
  const root = s3Root(target.storeUrl);
  return root === null || /^(\.{0,2}\/|[a-z][a-z0-9+.-]*:)/i.test(input) ? null : root + input;
};

const channelOf = (name: string, input: string | string[], target: SageMakerTarget): Channel => ({
  ChannelName: name,
  DataSource: {
    S3DataSource: { S3DataType: 'S3Prefix', S3Uri: s3Url([input].flat()[0] ?? '', target) ?? '' },
  },
});

/**
 * SageMaker's folders are the same in every container, so `SM_*` needs no entry script:
 * https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
 */
const environmentOf = (spec: JobSpec, { cpus, gpu }: Instance): Record<string, string> => ({
  ...spec.environment,
  ...smEnvironment(
    spec.hyperparameters,
    {
      channels: Object.fromEntries(Object.keys(spec.inputs).map((name) => [name, `/opt/ml/input/data/${name}`])),
      modelDir: '/opt/ml/model',
      outputDataDir: '/opt/ml/output/data',
    },
    { cpus, gpus: gpu?.count ?? 0, hosts: ['algo-1'], currentHost: 'algo-1' },
  ),
});

const metricDefinition = (name: string) => ({ Name: name, Regex: metricPattern(name) });

const waitSeconds = (spec: JobSpec): number => durationMs(spec.maxWaitTime ?? spec.maxRunTime) / 1000;

const fault = (wrong: boolean, field: string, reason: string): Fault[] => (wrong ? [{ field, reason }] : []);

const kindFaults = (spec: JobSpec): Fault[] => [
  ...fault(spec.kind !== 'train', 'kind', `${spec.kind} jobs are not translated for SageMaker yet; train jobs are`),
  ...fault(spec.image === undefined, 'image', 'SageMaker runs containers; name an image in ECR'),
  ...fault(spec.source !== undefined, 'source', 'scripts are not packaged for SageMaker; put them into the image'),
  ...fault((spec.resources.nodes ?? 1) > 1, 'resources.nodes', 'SM_CURRENT_HOST cannot be told apart on several nodes'),
  ...Object.keys(spec.secrets).map((variable) => ({
    field: `secrets.${variable}`,
    reason: 'SageMaker passes no secrets; let the job read them under its role',
  })),
];

const commandFaults = (command: string[]): Fault[] => [
  ...fault(command.length - 1 > limits.argumentCount, 'command', `has more than ${limits.argumentCount} arguments`),
  ...command.flatMap((word, index) =>
    fault(
      word.length > limits.argumentCharacters,
      `command.${index}`,
      `is longer than ${limits.argumentCharacters} characters`,
    ),
  ),
];

const hyperparameterFaults = (hyperparameters: JobSpec['hyperparameters']): Fault[] => {
  const entries = Object.entries(hyperparameters);
  return [
    ...fault(entries.length > limits.hyperparameters, 'hyperparameters', `are more than ${limits.hyperparameters}`),
    ...entries.flatMap(([key, value]) =>
      fault(
        Math.max(key.length, String(value).length) > limits.hyperparameterCharacters,
        `hyperparameters.${key}`,
        `its name or value is longer than ${limits.hyperparameterCharacters} characters`,
      ),
    ),
  ];
};

const inputFaults = (inputs: JobSpec['inputs'], target: SageMakerTarget): Fault[] => [
  ...fault(Object.keys(inputs).length > limits.channels, 'inputs', `are more than ${limits.channels} channels`),
  ...Object.entries(inputs).flatMap(([channel, input]) => {
    const field = `inputs.${channel}`;
    const places = [input].flat();
    return [
      ...fault(!/^[A-Za-z0-9.\-_]{1,64}$/.test(channel), field, 'a channel name has at most 64 characters'),
      ...fault(places.length > 1, field, 'a channel has one place; use a prefix that holds all of them'),
      ...places
        .filter((place) => s3Url(place, target) === null)
        .map((place) => ({ field, reason: `${place} is not on S3, and SageMaker reads nothing else` })),
    ];
  }),
];

const timeFaults = (spec: JobSpec): Fault[] => [
  ...fault(
    durationMs(spec.maxRunTime) / 1000 > limits.runTimeSeconds,
    'maxRunTime',
    'SageMaker allows at most 28 days',
  ),
  ...fault(!spec.spot && spec.maxWaitTime !== undefined, 'maxWaitTime', 'only spot jobs have a wait time on SageMaker'),
  ...fault(
    spec.spot && durationMs(spec.maxRunTime) / 1000 > waitSeconds(spec),
    'maxWaitTime',
    'must not be shorter than maxRunTime',
  ),
];

/** Faults of the user's own variables name them; what Driftless adds is named by the field that it comes from. */
const environmentFaults = (spec: JobSpec, environment: Record<string, string>): Fault[] => [
  ...fault(
    Object.keys(environment).length > limits.variables,
    'environment',
    `comes to more than ${limits.variables} variables with the SM_* ones`,
  ),
  ...Object.entries(environment).flatMap(([variable, value]) =>
    fault(
      Math.max(variable.length, value.length) > limits.variableCharacters,
      Object.hasOwn(spec.environment, variable) ? `environment.${variable}` : 'hyperparameters',
      `${variable} is longer than ${limits.variableCharacters} characters`,
    ),
  ),
];
