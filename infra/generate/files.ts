import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { table } from '../../functions/table.ts';
import { catalogue, type EventName } from '../../shared/domain/events.ts';
import { eventExample, eventSchema } from './event-schema.ts';
import { openApiOf } from './openapi.ts';
import { unitsOf } from './units.ts';

/** Everything that repeats what the table and the catalogue say, by path: the same input gives the same bytes. */
export const generatedFiles = (version: string): Map<string, string> => {
  const names = Object.keys(catalogue) as EventName[];
  const documents: [string, object][] = [
    ...names.map((name): [string, object] => [`events/${name}.v1.schema.json`, eventSchema(name)]),
    ...names.map((name): [string, object] => [`events/${name}.v1.example.json`, eventExample(name)]),
    ['infra/generated/openapi.json', openApiOf(table, version)],
    ['infra/generated/functions.json', unitsOf(table)],
  ];
  return new Map(documents.map(([path, document]) => [path, `${JSON.stringify(document, null, 2)}\n`]));
};

/** The version in `package.json`, which the documents carry. */
export const packageVersion = async (root: string): Promise<string> => {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  return version;
};

/** What is missing, out of date, or left over from an event or document that is no more. */
export const staleFiles = async (root: string, files: Map<string, string>): Promise<string[]> => {
  const wrong = [...files].map(async ([path, text]) => ((await textOf(join(root, path))) === text ? [] : [path]));
  const leftover = (await presentFiles(root)).filter((path) => !files.has(path));
  return [...(await Promise.all(wrong)).flat(), ...leftover].toSorted();
};

const textOf = (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null);

const presentFiles = async (root: string): Promise<string[]> => {
  const folders = ['events', 'infra/generated'].map(async (folder) => {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .map(({ name }) => `${folder}/${name}`);
  });
  return (await Promise.all(folders)).flat();
};
