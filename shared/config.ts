import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { Targets } from './domain/target.ts';
import { DriftlessError } from './kernel/errors.ts';
import { parse } from './kernel/parse.ts';
import { folderOfUrl } from './object-store/open.ts';

/** Everything that a deployment is told from outside, validated in this one place. Only `functions/entry/` reads the environment. */
const Settings = z.object({
  DRIFTLESS_STORE: z.string().min(1).default('file:./.driftless'),
  DRIFTLESS_LOCAL_DIR: z.string().min(1).optional(),
  DRIFTLESS_DEPLOYMENT: z
    .string()
    .regex(/^[a-z0-9-]{1,63}$/, 'must be 1 to 63 of a-z, 0-9 and -')
    .default('local'),
  DRIFTLESS_TARGETS: z.string().min(1).optional(),
  DRIFTLESS_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).optional(),
});

export type Config = {
  storeUrl: string;
  localDir: string;
  deployment: string;
  targets: Targets;
  /** Undefined: as the host prefers. */
  logLevel: string | undefined;
};

/** Throws `invalid-input` naming every wrong setting, and `not-found` for a targets file that is named but not there. */
export const readConfig = async (environment: Record<string, string | undefined>): Promise<Config> => {
  const settings = parse(Settings, environment, 'The environment');
  const storeUrl = absoluteStore(settings.DRIFTLESS_STORE);
  return {
    storeUrl,
    localDir: resolve(settings.DRIFTLESS_LOCAL_DIR ?? localDirOf(storeUrl)),
    deployment: settings.DRIFTLESS_DEPLOYMENT,
    targets: await readTargets(settings.DRIFTLESS_TARGETS),
    logLevel: settings.DRIFTLESS_LOG_LEVEL,
  };
};

/** Child processes have other working folders than this one. */
const absoluteStore = (url: string): string => (/^file:/i.test(url) ? `file://${encodeURI(folderOfUrl(url))}` : url);

/** Beside a store in a folder, never inside: the store holds objects and nothing else. */
const localDirOf = (storeUrl: string): string =>
  /^file:/i.test(storeUrl) ? `${folderOfUrl(storeUrl)}-local` : '.driftless-local';

const defaultTargets = 'targets.yaml';

const readTargets = async (path: string | undefined): Promise<Targets> => {
  const file = path ?? defaultTargets;
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null && path === undefined) return {};
  if (text === null) throw new DriftlessError('not-found', `The targets file ${file} cannot be read.`);
  return parse(Targets, parseDocument(text, file), `The targets file ${file}`);
};

/** YAML (and so JSON). Throws `invalid-input` with line and column. */
export const parseDocument = (text: string, file: string): unknown => {
  try {
    return parseYaml(text);
  } catch (error) {
    const at = error instanceof Error ? error.message.split('\n')[0] : '';
    throw new DriftlessError('invalid-input', `The file ${file} is not YAML: ${at}`, { cause: error });
  }
};
