import * as z from 'zod';
import { Check } from '../../shared/domain/drift.ts';
import { checks, retrainings } from '../../shared/domain/keys.ts';
import { Name } from '../../shared/domain/names.ts';
import { Retraining } from '../../shared/domain/retraining.ts';
import { pageOf, pageQuery } from '../../shared/domain/views.ts';
import { defineFunction } from '../../shared/ports.ts';
import { pageOfRecords, read } from './read.ts';

export const listChecks = defineFunction({
  ...read('list-checks', 'Checks of a model, newest window first.', '/v1/models/{model}/checks', 'models:read'),
  input: z.strictObject({ model: Name, ...pageQuery }),
  output: pageOf(Check),
  needs: ['store'],
  handle: ({ model, ...query }, { store }) => pageOfRecords(store, checks(model), Check, query),
});

export const listRetrainings = defineFunction({
  ...read(
    'list-retrainings',
    'Retrainings of a model, newest first, with those that did not happen and why.',
    '/v1/models/{model}/retrainings',
    'models:read',
  ),
  input: z.strictObject({ model: Name, ...pageQuery }),
  output: pageOf(Retraining),
  needs: ['store'],
  handle: ({ model, ...query }, { store }) => pageOfRecords(store, retrainings(model), Retraining, query),
});
