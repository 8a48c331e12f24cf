import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDriftless } from '../e2e/driftless.ts';
import { repeated } from './measure.ts';

const jobs = { warmUp: 5, runs: 60 };

/** `POST /v1/jobs` on the local host, one at a time: from the request to the accepted, started job. */
export const benchSubmit = async (): Promise<object> => {
  const folder = await mkdtemp(join(tmpdir(), 'driftless-bench-'));
  const host = await startDriftless(folder);
  try {
    const submit = await repeated(() => host.call('POST', '/v1/jobs', { kind: 'process', command: ['true'] }), jobs);
    const healthz = await repeated(() => host.call('GET', '/healthz'), { warmUp: 5, runs: 100 });
    await host.everyJobEnds();
    return { submit, healthz };
  } finally {
    await host.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
};
