import * as z from 'zod';
import { Check } from '../../shared/domain/drift.ts';
import { catalogue } from '../../shared/domain/events.ts';
import { checkWindow } from '../../shared/monitoring/check.ts';
import { defineFunction } from '../../shared/ports.ts';

export default defineFunction({
  name: 'check-drift',
  summary: "Compares one window with the champion's baseline.",
  trigger: { kind: 'event', types: ['check.requested'] },
  input: catalogue['check.requested'],
  output: z.strictObject({ check: Check.nullable() }),
  needs: ['store', 'bus'],
  timeoutSeconds: 29,
  memoryMb: 512,
  handle: async ({ model, window }, ports) => ({ check: await checkWindow(ports, model, window.start) }),
});
