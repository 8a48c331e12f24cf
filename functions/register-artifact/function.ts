import * as z from 'zod';
import { catalogue } from '../../shared/domain/events.ts';
import { readInboxKey } from '../../shared/domain/inbox.ts';
import { inboxModels } from '../../shared/domain/keys.ts';
import { Version } from '../../shared/domain/version.ts';
import { defineFunction } from '../../shared/ports.ts';
import { championOf } from '../../shared/registry/aliases.ts';
import { ensureModel } from '../../shared/registry/models.ts';
import { registerArtifact } from '../../shared/registry/register.ts';

export default defineFunction({
  name: 'register-artifact',
  summary: 'Makes a file, or a folder closed by _SUCCESS, that was put under inbox/models/ a version of its model.',
  trigger: { kind: 'object-created', prefix: inboxModels },
  input: catalogue['object.created'],
  output: z.strictObject({ version: Version.nullable() }),
  needs: ['store', 'bus'],
  timeoutSeconds: 900,
  memoryMb: 512,
  handle: async ({ key, version: objectVersion }, ports) => {
    const dropped = readInboxKey(key);
    if (dropped.kind !== 'artifact') return { version: null };
    const { model, location } = dropped;
    await ensureModel(ports, model);
    const parent = await championOf(ports.store, model);
    const version = await registerArtifact(ports, {
      model,
      location,
      lineage: { data: [], ...(parent === null ? {} : { parent }) },
      source: { key, version: objectVersion },
    });
    return { version };
  },
});
