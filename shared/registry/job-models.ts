import { Job } from '../domain/job-record.ts';
import { jobRecord } from '../domain/keys.ts';
import type { Lineage } from '../domain/version.ts';
import { DriftlessError, errorTable, isError } from '../kernel/errors.ts';
import { readRecord, updateRecord } from '../object-store/records.ts';
import { championOf } from './aliases.ts';
import { ensureModel } from './models.ts';
import { registerArtifact, type RegistryPorts } from './register.ts';

/**
 * Registers the model that a job left, where the job left it, with the job as its lineage, and notes the version in
 * the job's record, or that there will never be one. Idempotent. Throws `not-found`.
 */
export const registerJobModel = async (ports: RegistryPorts, id: string): Promise<number | null> => {
  const found = await readRecord(ports.store, jobRecord(id), Job);
  if (!found) throw new DriftlessError('not-found', `There is no job ${id}, so its model has no origin.`);
  const { spec, model: location, metrics, version: known } = found.value;
  if (known !== null || !spec.model || location === null) return known;
  await ensureModel(ports, spec.model);
  const lineage = await lineageOf(ports, found.value);
  try {
    const { version } = await registerArtifact(ports, { model: spec.model, location, lineage, metrics });
    await updateJob(ports, id, (job) => (job.version === version ? job : { ...job, version, reason: null }));
    return version;
  } catch (error) {
    if (!isError(error) || errorTable[error.code].retry) throw error;
    const reason = { code: 'no-model' as const, detail: error.message };
    await updateJob(ports, id, (job) => (job.version === null && job.reason === null ? { ...job, reason } : job));
    throw error;
  }
};

const updateJob = (ports: RegistryPorts, id: string, change: (job: Job) => Job): Promise<Job> =>
  updateRecord(ports, jobRecord(id), Job, (job) => job && change(job));

const lineageOf = async ({ store }: RegistryPorts, { id, spec, specHash, retraining }: Job): Promise<Lineage> => {
  const parent = spec.model ? await championOf(store, spec.model) : null;
  const data = Object.values(spec.inputs)
    .flat()
    .map((key) => ({ key }));
  return {
    job: id,
    data,
    code: spec.image ?? `${spec.source ?? '.'}#${specHash}`,
    ...(retraining === null ? {} : { retraining }),
    ...(parent === null ? {} : { parent }),
  };
};
