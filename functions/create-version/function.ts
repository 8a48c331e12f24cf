import * as z from 'zod';
import { Name } from '../../shared/domain/names.ts';
import { Lineage, Version } from '../../shared/domain/version.ts';
import { IdempotencyKey } from '../../shared/domain/views.ts';
import { defineFunction } from '../../shared/ports.ts';
import { ensureModel } from '../../shared/registry/models.ts';
import { registerArtifact } from '../../shared/registry/register.ts';

const Artifact = z.strictObject({
  /** The key of a file of this store, or a prefix ending in `/`. */
  location: z.string().min(1).max(1024),
  lineage: Lineage.prefault({}),
  metrics: z.record(z.string(), z.number()).default({}),
});

export default defineFunction({
  name: 'create-version',
  summary: 'Registers an artifact that is already in the store. The same content again is the same version.',
  unit: 'register-artifact',
  trigger: { kind: 'http', method: 'POST', path: '/v1/models/{model}/versions', scope: 'models:write', status: 201 },
  input: z.strictObject({ model: Name, body: Artifact, idempotencyKey: IdempotencyKey.optional() }),
  output: Version,
  needs: ['store', 'bus'],
  timeoutSeconds: 29,
  memoryMb: 512,
  handle: async ({ model, body }, ports) => {
    await ensureModel(ports, model);
    return registerArtifact(ports, { model, ...body });
  },
});
