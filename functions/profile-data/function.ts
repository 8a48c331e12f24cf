import * as z from 'zod';
import { catalogue } from '../../shared/domain/events.ts';
import { readInboxKey } from '../../shared/domain/inbox.ts';
import { inboxData } from '../../shared/domain/keys.ts';
import { profileObject } from '../../shared/monitoring/profile-object.ts';
import { defineFunction } from '../../shared/ports.ts';
import { findDeclared } from '../../shared/registry/models.ts';

export default defineFunction({
  name: 'profile-data',
  summary: 'Reads a file of inference data once, as counts by window, and schedules the checks of those windows.',
  trigger: { kind: 'object-created', prefix: inboxData },
  input: catalogue['object.created'],
  output: z.strictObject({ windows: z.int(), rows: z.int() }),
  needs: ['store', 'bus', 'tables'],
  timeoutSeconds: 900,
  memoryMb: 2048,
  handle: async ({ key, version }, ports) => {
    const { model } = readInboxKey(key);
    const { manifest } = await findDeclared(ports.store, model);
    const profiled = await profileObject(ports, manifest, key);
    const windows = profiled.map(({ start }) => ({ start, period: manifest.monitor.window }));
    await ports.bus.publish(
      [{ name: 'data.profiled', subject: model, data: { model, object: key, windows } }],
      version,
    );
    return { windows: profiled.length, rows: profiled.reduce((sum, { rows }) => sum + rows, 0) };
  },
});
