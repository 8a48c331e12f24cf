import { createHash } from 'node:crypto';

/** Where everything is (DESIGN.md §5). Keys hold names, numbers, times and digests, never a user's free text. */

export const inboxModels = 'inbox/models/';
export const inboxData = 'inbox/data/';
export const inboxLabels = 'inbox/labels/';

/** Registered bytes of what was dropped in the inbox, by content. */
export const artifactFolder = (model: string, digest: string): string => `artifacts/${model}/${digest}/`;

export const modelIndex = 'state/index/models/';
export const jobIndex = 'state/index/jobs/';
export const due = 'state/due/';
/** Events on their way, where the bus is the store itself. */
export const bus = 'state/bus/';
export const deadLetters = 'state/dead-letters/';

export const jobRecord = (id: string): string => `state/jobs/${id}`;
export const jobOutputs = (id: string): string => `jobs/${id}/`;

const model = (name: string): string => `state/models/${name}/`;
export const modelRecord = (name: string): string => `${model(name)}model`;
export const modelJobs = (name: string): string => `${model(name)}jobs/`;
export const versions = (name: string): string => `${model(name)}versions/`;
export const digestClaim = (name: string, digest: string): string => `${model(name)}digests/${digest}`;
export const sourceMark = (name: string, key: string, version: string): string =>
  `${model(name)}sources/${hash(key, version)}`;
export const alias = (name: string, aliasName: string): string => `${model(name)}aliases/${aliasName}`;
export const bins = (name: string): string => `${model(name)}bins`;
export const dataObject = (name: string, key: string): string => `${dataObjects(name)}${hash(key)}`;
export const dataObjects = (name: string): string => `${model(name)}data/`;
export const labelObject = (name: string, key: string): string => `${labelObjects(name)}${hash(key)}`;
export const labelObjects = (name: string): string => `${model(name)}labels/`;
export const windowProfiles = (name: string, windowStart: string): string =>
  `${model(name)}profiles/${windowStart.replaceAll(/[-:.]/g, '')}/`;
export const windowProfile = (name: string, windowStart: string, key: string): string =>
  `${windowProfiles(name, windowStart)}${hash(key)}`;
export const baselinePointer = (name: string): string => `${model(name)}baseline`;
export const baseline = (name: string, digest: string): string => `${model(name)}baselines/${digest}`;
export const checks = (name: string): string => `${model(name)}checks/`;
export const evaluation = (name: string, job: string): string => `${model(name)}evaluations/${job}`;
export const retrainings = (name: string): string => `${model(name)}retrainings/`;
export const retrainingLock = (name: string): string => `${model(name)}retraining`;

const hash = (...parts: string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
