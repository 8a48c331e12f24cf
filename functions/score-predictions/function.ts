import * as z from 'zod';
import { catalogue } from '../../shared/domain/events.ts';
import { scorePredictions } from '../../shared/monitoring/score.ts';
import { defineFunction } from '../../shared/ports.ts';
import { openRun } from '../../shared/retraining/open-run.ts';

export default defineFunction({
  name: 'score-predictions',
  summary: "Scores what a retraining's prediction job wrote against the labels.",
  unit: 'profile-data',
  trigger: { kind: 'event', types: ['job.finished'] },
  input: catalogue['job.finished'],
  output: z.strictObject({ windows: z.int() }),
  needs: ['store', 'bus', 'tables'],
  timeoutSeconds: 900,
  memoryMb: 2048,
  handle: async ({ job, state, kind, model, retraining }, ports) => {
    if (kind !== 'batch' || state !== 'succeeded' || !model || !retraining) return { windows: 0 };
    const run = await openRun(ports.store, model);
    if (run?.id !== retraining) return { windows: 0 };
    const { losses } = await scorePredictions(ports, run, job);
    const windows = losses.map(({ windowStart }) => ({ start: windowStart, period: 'window' }));
    await ports.bus.publish([
      { name: 'labels.joined', subject: model, data: { model, object: job, windows, retraining } },
    ]);
    return { windows: windows.length };
  },
});
