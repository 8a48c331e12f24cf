import { createHash } from 'node:crypto';
import type { DataObject } from '../../shared/domain/data-object.ts';
import * as keys from '../../shared/domain/keys.ts';
import { digestOf } from '../../shared/kernel/ids.ts';
import { listAll } from '../../shared/object-store/list-all.ts';
import type { World } from './world.ts';

/** Whatever lies in the inbox has become what it should, or a dead letter says why not. */
export const inboxIsDone = async (world: World): Promise<string[]> => {
  const faults: string[] = [];
  for (const { key, version } of await listAll(world.store, 'inbox/')) {
    if (hasLetter(world, key, version)) continue;
    const [, area = '', model = '', ...rest] = key.split('/');
    if (area === 'models' && !(await isRegistered(world, key, model, rest))) faults.push(`${key} is no version`);
    if (area === 'data' && !isProfiled(world, keys.dataObject(model, key), version))
      faults.push(`${key} is not profiled`);
    if (area === 'labels' && !isProfiled(world, keys.labelObject(model, key), version))
      faults.push(`${key} is not joined`);
  }
  return faults;
};

const hasLetter = ({ history }: World, key: string, version: string): boolean =>
  [...history.letters.values()].some(({ event }) => {
    const data = event.data as { key?: string; version?: string };
    return data.key === key && data.version === version;
  });

const isProfiled = ({ history }: World, record: string, version: string): boolean =>
  (history.records.get(record) as DataObject | undefined)?.version === version;

const isRegistered = async (world: World, key: string, model: string, rest: string[]): Promise<boolean> => {
  const isFolder = rest.length > 1;
  if (isFolder && rest.at(-1) !== '_SUCCESS') return true;
  const digest = isFolder ? await digestOfFolder(world, key.slice(0, -'_SUCCESS'.length)) : await sha256At(world, key);
  return world.history.records.has(keys.digestClaim(model, digest));
};

const digestOfFolder = async (world: World, folder: string): Promise<string> => {
  const files = [];
  for (const { key, size } of await listAll(world.store, folder))
    if (!key.endsWith('/_SUCCESS'))
      files.push({ path: key.slice(folder.length), size, digest: await sha256At(world, key) });
  const [only] = files;
  return files.length === 1 && only ? only.digest : digestOf(files);
};

const sha256At = async ({ store }: World, key: string): Promise<string> =>
  createHash('sha256')
    .update((await store.get(key))?.body ?? '')
    .digest('hex');
