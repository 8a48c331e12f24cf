import * as z from 'zod';
import { Name } from '../../shared/domain/names.ts';
import { rebuildBaseline } from '../../shared/monitoring/baseline.ts';
import { defineFunction } from '../../shared/ports.ts';

export default defineFunction({
  name: 'build-baseline',
  summary: 'Gives a new champion its baseline.',
  unit: 'check-drift',
  trigger: { kind: 'event', types: ['model.promoted', 'model.rolled-back'] },
  input: z.object({ model: Name }),
  output: z.strictObject({ windows: z.int() }),
  needs: ['store'],
  timeoutSeconds: 300,
  memoryMb: 512,
  handle: async ({ model }, ports) => ({ windows: (await rebuildBaseline(ports, model))?.calibration.length ?? 0 }),
});
