import { catalogue } from '../../shared/domain/events.ts';
import { Retraining } from '../../shared/domain/retraining.ts';
import { defineFunction } from '../../shared/ports.ts';
import { startRetraining } from '../../shared/retraining/start.ts';

export default defineFunction({
  name: 'start-retraining',
  summary: 'Starts a retraining that was asked for, or records why not.',
  unit: 'retrain-model',
  trigger: { kind: 'event', types: ['retraining.requested'] },
  input: catalogue['retraining.requested'],
  output: Retraining,
  needs: ['store', 'bus'],
  timeoutSeconds: 60,
  memoryMb: 512,
  handle: (request, ports) => startRetraining(ports, request),
});
