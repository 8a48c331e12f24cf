import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDriftless } from '../e2e/driftless.ts';
import { latencyOf, repeated, timed } from './measure.ts';

const warmUp = 5;
const runs = 60;
const job = { kind: 'process', command: ['true'] };

/**
 * `POST /v1/jobs` on the local host: from the request to the accepted, started job. `alone`: when nothing else runs;
 * `burst`: one right after the other, while the processes of the jobs before take their share of the machine.
 */
export const benchSubmit = async (): Promise<object> => {
  const folder = await mkdtemp(join(tmpdir(), 'driftless-bench-'));
  const host = await startDriftless(folder);
  const submit = () => host.call('POST', '/v1/jobs', job);
  try {
    const alone: number[] = [];
    for (let run = -warmUp; run < runs; run += 1) {
      const took = await timed(submit);
      if (run >= 0) alone.push(took);
      await host.everyJobEnds();
    }
    const burst = await repeated(submit, { warmUp, runs });
    await host.everyJobEnds();
    return { alone: latencyOf(alone), burst };
  } finally {
    await host.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
};
