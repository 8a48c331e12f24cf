import { DriftlessError } from '../kernel/errors.ts';
import { inboxData, inboxLabels, inboxModels } from './keys.ts';
import { Name } from './names.ts';

export type Dropped =
  | { kind: 'artifact'; model: string; location: string }
  | { kind: 'part'; model: string } // of a folder that its `_SUCCESS` will announce
  | { kind: 'data'; model: string; key: string }
  | { kind: 'labels'; model: string; key: string };

/** What an object in the inbox is. Throws `invalid-input` when it lies where nothing can be made of it. */
export const readInboxKey = (key: string): Dropped => {
  const area = [inboxModels, inboxData, inboxLabels].find((prefix) => key.startsWith(prefix)) ?? '';
  const [model = '', ...rest] = key.slice(area.length).split('/');
  if (area === '' || rest.length === 0)
    throw new DriftlessError(
      'invalid-input',
      `The object ${key} belongs to no model; put it in ${area || inboxModels}<model>/.`,
    );
  if (!Name.safeParse(model).success)
    throw new DriftlessError(
      'invalid-input',
      `The object ${key} is in a folder that is no model name; use 2 to 63 of a-z, 0-9 and -, starting with a letter.`,
    );
  if (area === inboxData) return { kind: 'data', model, key };
  if (area === inboxLabels) return { kind: 'labels', model, key };
  return readArtifactKey(key, model, rest);
};

const readArtifactKey = (key: string, model: string, rest: string[]): Dropped => {
  const last = rest.at(-1);
  if (last === '_SUCCESS' && rest.length > 1)
    return { kind: 'artifact', model, location: key.slice(0, -'_SUCCESS'.length) };
  return rest.length === 1 && last !== '_SUCCESS'
    ? { kind: 'artifact', model, location: key }
    : { kind: 'part', model };
};
