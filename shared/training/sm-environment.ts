/** What a script is told of its machine and its folders, whichever platform runs it. */
export type TrainingFolders = {
  /** Channel name → folder that holds its files. */
  channels: Record<string, string>;
  modelDir: string;
  outputDataDir: string;
};

export type TrainingHost = { cpus?: number; gpus: number; hosts: string[]; currentHost: string };

type Hyperparameters = Record<string, string | number | boolean>;

/**
 * The `SM_*` environment of a job, as the SageMaker training toolkit makes it: names in upper case, strings as they
 * are, everything else as JSON with sorted keys. Two hyperparameters whose names differ only in case, `-` or `_` share one
 * `SM_HP_*` variable (the last in byte order wins); `SM_HPS` keeps both.
 * https://github.com/aws/sagemaker-training-toolkit/blob/master/ENVIRONMENT_VARIABLES.md
 */
export const smEnvironment = (
  hyperparameters: Hyperparameters,
  folders: TrainingFolders,
  host: TrainingHost,
): Record<string, string> => {
  const environment: Record<string, string> = {
    SM_CHANNELS: JSON.stringify(Object.keys(folders.channels).toSorted()),
    SM_MODEL_DIR: folders.modelDir,
    SM_OUTPUT_DATA_DIR: folders.outputDataDir,
    SM_HPS: JSON.stringify(Object.fromEntries(sortedEntries(hyperparameters))),
    SM_NUM_GPUS: String(host.gpus),
    SM_HOSTS: JSON.stringify(host.hosts),
    SM_CURRENT_HOST: host.currentHost,
  };
  if (host.cpus !== undefined) environment['SM_NUM_CPUS'] = String(host.cpus);
  for (const [name, folder] of sortedEntries(folders.channels)) environment[variableName('SM_CHANNEL_', name)] = folder;
  for (const [name, value] of sortedEntries(hyperparameters)) environment[variableName('SM_HP_', name)] = String(value);
  return environment;
};

/** Shells and some platforms refuse other characters in a name (`SM_HP_LEARNING-RATE`). */
const variableName = (prefix: string, name: string): string =>
  prefix + name.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_');

const sortedEntries = <Value>(record: Record<string, Value>): [string, Value][] =>
  Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
