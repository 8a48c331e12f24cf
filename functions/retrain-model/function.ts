import { catalogue } from '../../shared/domain/events.ts';
import { Retraining } from '../../shared/domain/retraining.ts';
import { defineFunction } from '../../shared/ports.ts';
import { startRetraining } from '../../shared/retraining/start.ts';

export default defineFunction({
  name: 'retrain-model',
  summary: 'Answers a drift with a retraining, or records why not.',
  trigger: { kind: 'event', types: ['drift.detected'] },
  input: catalogue['drift.detected'],
  output: Retraining,
  needs: ['store', 'bus'],
  timeoutSeconds: 60,
  memoryMb: 512,
  handle: ({ model, check, reason }, ports) => startRetraining(ports, { model, reason, cause: check }),
});
