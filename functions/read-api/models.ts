import * as z from 'zod';
import { alias as aliasKey, modelIndex, versions } from '../../shared/domain/keys.ts';
import { Name } from '../../shared/domain/names.ts';
import { Alias, Version } from '../../shared/domain/version.ts';
import { LineageView, ModelView, pageOf, pageQuery } from '../../shared/domain/views.ts';
import { DriftlessError } from '../../shared/kernel/errors.ts';
import { pageOfKeys } from '../../shared/object-store/newest-first.ts';
import { readRecord } from '../../shared/object-store/records.ts';
import { defineFunction } from '../../shared/ports.ts';
import { championOf } from '../../shared/registry/aliases.ts';
import { findModel } from '../../shared/registry/models.ts';
import { findVersion } from '../../shared/registry/register.ts';
import { pageOfRecords, read } from './read.ts';

export const listModels = defineFunction({
  ...read('list-models', 'Every model, by name.', '/v1/models', 'models:read'),
  input: z.strictObject({ ...pageQuery }),
  output: pageOf(ModelView),
  needs: ['store'],
  handle: async (query, { store }) => {
    const { keys, next } = await pageOfKeys(store, modelIndex, query);
    const names = keys.map((key) => key.slice(modelIndex.length));
    return { items: await Promise.all(names.map((name) => viewModel(store, name))), next };
  },
});

export const getModel = defineFunction({
  ...read('get-model', 'One model, with its champion.', '/v1/models/{model}', 'models:read'),
  input: z.strictObject({ model: Name }),
  output: ModelView,
  needs: ['store'],
  handle: ({ model }, { store }) => viewModel(store, model),
});

type Store = Parameters<typeof findModel>[0];

const viewModel = async (store: Store, name: string) => ({
  ...(await findModel(store, name)),
  champion: await championOf(store, name),
});

export const listVersions = defineFunction({
  ...read('list-versions', 'The versions of a model, newest first.', '/v1/models/{model}/versions', 'models:read'),
  input: z.strictObject({ model: Name, ...pageQuery }),
  output: pageOf(Version),
  needs: ['store'],
  handle: async ({ model, ...query }, { store }) => {
    await findModel(store, model);
    return pageOfRecords(store, versions(model), Version, query);
  },
});

const VersionPath = { model: Name, version: z.coerce.number().int().positive() };

export const getVersion = defineFunction({
  ...read('get-version', 'One version of a model.', '/v1/models/{model}/versions/{version}', 'models:read'),
  input: z.strictObject(VersionPath),
  output: Version,
  needs: ['store'],
  handle: ({ model, version }, { store }) => findVersion(store, model, version),
});

const oldestAncestors = 100;

export const getLineage = defineFunction({
  ...read(
    'get-lineage',
    'Where a version comes from: job, data, code, and the versions before it.',
    '/v1/models/{model}/versions/{version}/lineage',
    'models:read',
  ),
  input: z.strictObject(VersionPath),
  output: LineageView,
  needs: ['store'],
  handle: async ({ model, version }, { store }) => {
    const { lineage } = await findVersion(store, model, version);
    const ancestors = [];
    for (let { parent } = lineage; parent !== undefined && ancestors.length < oldestAncestors; ) {
      const ancestor = await findVersion(store, model, parent);
      ancestors.push({ version: parent, lineage: ancestor.lineage });
      parent = ancestor.lineage.parent;
    }
    return { model, version, lineage, ancestors };
  },
});

export const getAlias = defineFunction({
  ...read(
    'get-alias',
    'What an alias points at, and its history.',
    '/v1/models/{model}/aliases/{alias}',
    'models:read',
  ),
  input: z.strictObject({ model: Name, alias: Name }),
  output: Alias,
  needs: ['store'],
  handle: async ({ model, alias }, { store }) => {
    const found = await readRecord(store, aliasKey(model, alias), Alias);
    if (found) return found.value;
    throw new DriftlessError(
      'not-found',
      `The alias ${alias} of ${model} points at nothing yet; promote a version first.`,
    );
  },
});
