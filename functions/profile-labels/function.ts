import * as z from 'zod';
import type { BinSet } from '../../shared/domain/bins.ts';
import { catalogue } from '../../shared/domain/events.ts';
import { readInboxKey } from '../../shared/domain/inbox.ts';
import { inboxLabels, labelObject } from '../../shared/domain/keys.ts';
import { durationMs } from '../../shared/domain/names.ts';
import { readGeneration } from '../../shared/monitoring/data-objects.ts';
import { countWindows, saveDataObject } from '../../shared/monitoring/profile-object.ts';
import { defineFunction } from '../../shared/ports.ts';
import { findDeclared } from '../../shared/registry/models.ts';

export default defineFunction({
  name: 'profile-labels',
  summary: 'Reads a file of ground truth and notes which windows it labels.',
  unit: 'profile-data',
  trigger: { kind: 'object-created', prefix: inboxLabels },
  input: catalogue['object.created'],
  output: z.strictObject({ windows: z.int() }),
  needs: ['store', 'bus', 'tables'],
  timeoutSeconds: 900,
  memoryMb: 2048,
  handle: async ({ key, version }, ports) => {
    const { model } = readInboxKey(key);
    const { data, monitor } = (await findDeclared(ports.store, model)).manifest;
    const bins: BinSet = { format: 2, columns: {}, outcome: null };
    const request = { timestamp: data.timestamp, windowMs: durationMs(monitor.window), bins };
    const { result, info } = await readGeneration(ports.store, key, () => countWindows(ports.tables, key, request));
    await saveDataObject(ports, labelObject(model, key), info, result);
    const windows = result.map(({ windowStart }) => ({ start: windowStart, period: monitor.window }));
    await ports.bus.publish(
      [{ name: 'labels.joined', subject: model, data: { model, object: key, windows } }],
      version,
    );
    return { windows: windows.length };
  },
});
