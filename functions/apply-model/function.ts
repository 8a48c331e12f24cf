import * as z from 'zod';
import { Manifest } from '../../shared/domain/model.ts';
import { Name } from '../../shared/domain/names.ts';
import { ModelView } from '../../shared/domain/views.ts';
import { DriftlessError } from '../../shared/kernel/errors.ts';
import { defineFunction } from '../../shared/ports.ts';
import { championOf } from '../../shared/registry/aliases.ts';
import { applyManifest } from '../../shared/registry/models.ts';

export default defineFunction({
  name: 'apply-model',
  summary: 'Declares a model, or changes its manifest.',
  unit: 'registry',
  trigger: { kind: 'http', method: 'PUT', path: '/v1/models/{model}', scope: 'models:write' },
  input: z.strictObject({ model: Name, body: Manifest }),
  output: ModelView,
  needs: ['store'],
  timeoutSeconds: 29,
  memoryMb: 256,
  handle: async ({ model, body }, ports) => {
    if (body.model !== model)
      throw new DriftlessError(
        'invalid-input',
        `The manifest is of ${body.model}, the address of ${model}; make them agree.`,
      );
    const applied = await applyManifest(ports, body);
    return { ...applied, champion: await championOf(ports.store, model) };
  },
});
