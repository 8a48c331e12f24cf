import { Readable } from 'node:stream';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import * as z from 'zod';

/** The part of a CreateTrainingJob request that the fake acts on. */
const CreateRequest = z.looseObject({
  TrainingJobName: z.string(),
  AlgorithmSpecification: z.looseObject({ ContainerEntrypoint: z.array(z.string()) }),
  OutputDataConfig: z.looseObject({ S3OutputPath: z.string() }),
  Tags: z.array(z.strictObject({ Key: z.string(), Value: z.string() })),
});
const NameRequest = z.looseObject({ TrainingJobName: z.string() });

export type Step = { TrainingJobStatus: string; SecondaryStatus: string; [field: string]: unknown };
type Job = { request: z.infer<typeof CreateRequest>; arn: string; steps: Step[] };
type Answer = { status: number; body: unknown };
type Fault = { operation: string; applied: boolean; status: number; type: string; message: string };

const inProgress = (SecondaryStatus: string): Step => ({ TrainingJobStatus: 'InProgress', SecondaryStatus });
const start = [
  inProgress('Starting'),
  inProgress('Downloading'),
  { ...inProgress('Training'), TrainingStartTime: 1.7e9 },
];

/** What becomes of a job whose container's first word is … */
const scripts: Record<string, (root: string) => Step[]> = {
  succeed: (root) => [
    ...start,
    {
      TrainingJobStatus: 'Completed',
      SecondaryStatus: 'Completed',
      TrainingStartTime: 1.7e9,
      TrainingEndTime: 1.7e9 + 60,
      BillableTimeInSeconds: 60,
      FinalMetricDataList: [{ MetricName: 'loss', Value: 0.25, Timestamp: 1.7e9 }],
      ModelArtifacts: { S3ModelArtifacts: `${root}/output/model` },
    },
  ],
  fail: () => [
    ...start,
    { TrainingJobStatus: 'Failed', SecondaryStatus: 'Failed', FailureReason: 'AlgorithmError: , exit code: 3' },
  ],
  endless: () => start,
};

const rejected = (type: string): Answer => ({ status: 400, body: { __type: type, message: 'The fake says no.' } });

const textOf = (body: unknown): string => (body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body));

/**
 * A stateful SageMaker behind the real SDK client: the wire format is AwsJson1.1. Each DescribeTrainingJob moves a job
 * one step along its script. `fail` answers the next call of an operation with an error, after doing it or instead.
 */
export const fakeSageMaker = (maxAttempts = 1) => {
  const jobs = new Map<string, Job>();
  const calls: string[] = [];
  const faults: Fault[] = [];

  const operations: Record<string, (body: unknown) => Answer> = {
    CreateTrainingJob: (body) => {
      const request = CreateRequest.parse(body);
      const name = request.TrainingJobName;
      if (jobs.has(name)) return rejected('ResourceInUse');
      const arn = `arn:aws:sagemaker:eu-west-1:123456789012:training-job/${name}`;
      const script = scripts[request.AlgorithmSpecification.ContainerEntrypoint[0] ?? ''] ?? (() => start);
      jobs.set(name, { request, arn, steps: script(`${request.OutputDataConfig.S3OutputPath}/${name}`) });
      return { status: 200, body: { TrainingJobArn: arn } };
    },
    DescribeTrainingJob: (body) => {
      const job = jobs.get(NameRequest.parse(body).TrainingJobName);
      if (!job) return rejected('ValidationException');
      const step = job.steps.length > 1 ? job.steps.shift() : job.steps[0];
      return { status: 200, body: { ...job.request, TrainingJobArn: job.arn, ...step } };
    },
    StopTrainingJob: (body) => {
      const job = jobs.get(NameRequest.parse(body).TrainingJobName);
      if (job?.steps[0]?.TrainingJobStatus !== 'InProgress') return rejected('ValidationException');
      job.steps = ['Stopping', 'Stopped'].map((word) => ({ TrainingJobStatus: word, SecondaryStatus: word }));
      return { status: 200, body: {} };
    },
    ListTrainingJobs: (body) => {
      const { NameContains } = z.looseObject({ NameContains: z.string() }).parse(body);
      const names = [...jobs.keys()].filter((name) => name.includes(NameContains));
      return { status: 200, body: { TrainingJobSummaries: names.map((TrainingJobName) => ({ TrainingJobName })) } };
    },
    ListTags: (body) => {
      const { ResourceArn } = z.looseObject({ ResourceArn: z.string() }).parse(body);
      const job = [...jobs.values()].find(({ arn }) => arn === ResourceArn);
      return { status: 200, body: { Tags: job?.request.Tags ?? [] } };
    },
  };

  const answer = (operation: string, body: unknown): Answer => {
    calls.push(operation);
    const index = faults.findIndex((fault) => fault.operation === operation);
    const [fault] = index < 0 ? [] : faults.splice(index, 1);
    const done = !fault || fault.applied ? operations[operation]?.(body) : undefined;
    if (fault) return { status: fault.status, body: { __type: fault.type, message: fault.message } };
    return done ?? rejected('UnknownOperationException');
  };

  const client = new SageMakerClient({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'fake', secretAccessKey: 'fake' },
    maxAttempts,
    requestHandler: {
      handle: async (request: { headers: Record<string, string>; body?: unknown }) => {
        const operation = (request.headers['x-amz-target'] ?? '').replace('SageMaker.', '');
        const { status, body } = answer(operation, JSON.parse(textOf(request.body)));
        const headers = { 'content-type': 'application/x-amz-json-1.1' };
        return { response: { statusCode: status, headers, body: Readable.from([Buffer.from(JSON.stringify(body))]) } };
      },
    },
  });

  return {
    client,
    calls,
    names: () => [...jobs.keys()],
    job: (name: string) => jobs.get(name),
    /** Replaces what the next calls of DescribeTrainingJob tell; the last step stays. */
    script: (name: string, steps: Step[]) => {
      const job = jobs.get(name);
      if (job) job.steps = steps;
    },
    fail: (operation: string, type: string, options: Partial<Fault> = {}) =>
      faults.push({ operation, type, applied: false, status: 400, message: '', ...options }),
  };
};
