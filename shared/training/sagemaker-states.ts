import type { DescribeTrainingJobResponse, SecondaryStatus, TrainingJobStatus } from '@aws-sdk/client-sagemaker';
import type { EndReason, JobState, JobStatus } from '../domain/job.ts';
import { isoTime } from '../kernel/clock.ts';

/**
 * `gone`: the record is being removed. Both tables name every value of the SDK, so an upgrade that adds one does not
 * compile; one that the service sends before that is `running`, never final.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
 */
const states = {
  InProgress: 'running',
  Completed: 'succeeded',
  Failed: 'failed',
  Stopping: 'running',
  Stopped: 'stopped',
  Deleting: 'gone',
} as const satisfies Record<TrainingJobStatus, JobState | 'gone'>;

/** What of `InProgress` is still waiting, and what of `Stopped` is a time limit. Spot interruptions go on running. */
const refinements = {
  Starting: 'pending',
  Pending: 'pending',
  LaunchingMLInstances: 'pending',
  PreparingTrainingStack: 'pending',
  DownloadingTrainingImage: 'pending',
  Downloading: 'running',
  Training: 'running',
  Uploading: 'running',
  Updating: 'running',
  Interrupted: 'running',
  Restarting: 'running',
  Stopping: 'running',
  Completed: 'running',
  Failed: 'running',
  Stopped: 'running',
  MaxRuntimeExceeded: 'timeout',
  MaxWaitTimeExceeded: 'timeout',
} as const satisfies Record<SecondaryStatus, 'pending' | 'running' | 'timeout'>;

const has = <Table extends object>(table: Table, key: string | undefined): key is string & keyof Table =>
  key !== undefined && Object.hasOwn(table, key);

/** SageMaker's answer as ours, or null when the job is being deleted. */
export const sageMakerStatus = (job: DescribeTrainingJobResponse): JobStatus | null => {
  const native = has(states, job.TrainingJobStatus) ? states[job.TrainingJobStatus] : 'running';
  if (native === 'gone') return null;
  const refinement = has(refinements, job.SecondaryStatus) ? refinements[job.SecondaryStatus] : 'running';
  const state = refine(native, refinement, job.TrainingStartTime !== undefined);
  const reason = reasonOf(state, refinement, job.FailureReason ?? '');
  return {
    state,
    metrics: metricsOf(job),
    ...(reason ? { reason } : {}),
    ...(job.TrainingStartTime ? { startedAt: isoTime(job.TrainingStartTime.getTime()) } : {}),
    ...(job.TrainingEndTime ? { endedAt: isoTime(job.TrainingEndTime.getTime()) } : {}),
    ...modelOf(job),
    ...(job.BillableTimeInSeconds === undefined ? {} : { billableSeconds: job.BillableTimeInSeconds }),
  };
};

/** After a spot interruption the secondary status goes back to `Starting`; a job that has started stays `running`. */
const refine = (state: JobState, refinement: 'pending' | 'running' | 'timeout', started: boolean): JobState => {
  if (state === 'stopped' && refinement === 'timeout') return 'failed';
  return state === 'running' && refinement === 'pending' && !started ? 'pending' : state;
};

const reasonOf = (state: JobState, refinement: string, failure: string): EndReason | null => {
  if (state === 'stopped') return { code: 'stopped', detail: failure || 'The training job was stopped.' };
  if (state !== 'failed') return null;
  if (refinement === 'timeout')
    return { code: 'timeout', detail: failure || 'The training job passed its run or wait time.' };
  return { code: failureCode(failure), detail: failure || 'SageMaker gave no reason.' };
};

/** FailureReason begins with its class; SageMaker has no field of its own for it. */
const failureCode = (failure: string): EndReason['code'] => {
  if (failure.startsWith('CapacityError')) return 'capacity';
  if (failure.startsWith('AlgorithmError')) return 'exit-code';
  if (failure.startsWith('ClientError')) return 'configuration';
  return 'unknown';
};

const metricsOf = ({ FinalMetricDataList = [] }: DescribeTrainingJobResponse): Record<string, number> =>
  Object.fromEntries(
    FinalMetricDataList.flatMap(({ MetricName, Value }) =>
      MetricName !== undefined && Value !== undefined && Number.isFinite(Value) ? [[MetricName, Value]] : [],
    ),
  );

/** Uncompressed artifacts are a prefix, compressed ones one `model.tar.gz`. */
const modelOf = ({ ModelArtifacts, OutputDataConfig }: DescribeTrainingJobResponse): { model?: string } => {
  const url = ModelArtifacts?.S3ModelArtifacts;
  if (!url) return {};
  return { model: OutputDataConfig?.CompressionType === 'NONE' && !url.endsWith('/') ? `${url}/` : url };
};
