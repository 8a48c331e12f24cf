import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isFinal } from '../shared/domain/job.ts';
import { systemClock } from '../shared/kernel/clock.ts';
import { systemIds } from '../shared/kernel/ids.ts';
import { openObjectStore } from '../shared/object-store/open.ts';
import { type LocalOptions, localTrainingPlatform } from '../shared/training/local.ts';
import type { PlannedJob, TrainingPlatform, VendorJob } from '../shared/training/port.ts';
import { closeLocal, plannedJob } from './backends/training.ts';

/** A local runner in a folder of its own, with what a test needs around it. */
export const openRunner = async (changes: Partial<LocalOptions> = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'driftless-local-'));
  const options = { runsDir: join(folder, 'runs'), storeUrl: `file:${join(folder, 'store')}`, clock: systemClock };
  const platform = localTrainingPlatform({ ...options, ...changes });
  const store = await openObjectStore(options.storeUrl, { clock: systemClock, ids: systemIds });
  const submitted: string[] = [];

  const submit = async (spec: Record<string, unknown>): Promise<PlannedJob> => {
    const job = plannedJob(spec);
    submitted.push(job.name);
    await platform.submit(job);
    return job;
  };
  return {
    folder,
    options,
    platform,
    store,
    runFolder: (name: string) => join(options.runsDir, name),
    submit,
    shell: (script: string, spec: Record<string, unknown> = {}) => submit({ command: ['sh', '-c', script], ...spec }),
    text: async (key: string): Promise<string | null> => {
      const object = await store.get(key);
      return object && Buffer.from(object.body).toString();
    },
    close: async () => {
      await closeLocal(platform, options.runsDir, submitted);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};
export type Runner = Awaited<ReturnType<typeof openRunner>>;

/** Asks until there is an answer other than null, at most 15 seconds. */
export const eventually = async <Value>(
  what: string,
  ask: () => Promise<Value | null> | Value | null,
): Promise<Value> => {
  for (const deadline = performance.now() + 15_000; performance.now() < deadline; await wait(40)) {
    const answer = await ask();
    if (answer !== null) return answer;
  }
  throw new Error(`In 15 seconds there was no ${what}.`);
};

export const finalOf = (platform: TrainingPlatform, name: string): Promise<VendorJob> =>
  eventually(`end of ${name}`, async () => {
    const job = await platform.describe(name);
    return job && isFinal(job.state) ? job : null;
  });
