import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../shared/kernel/clock.ts';
import { systemIds } from '../../shared/kernel/ids.ts';
import { openObjectStore } from '../../shared/object-store/open.ts';
import { repeated } from './measure.ts';

const times = { warmUp: 50, runs: 500 };
const body = 'x'.repeat(1000);

/** One call at a time on 1 kB objects: what a record costs. */
export const benchStore = async (): Promise<object> => {
  const folder = await mkdtemp(join(tmpdir(), 'driftless-bench-'));
  try {
    return { memory: await measure('mem:'), filesystem: await measure(`file://${folder}`) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const measure = async (url: string): Promise<object> => {
  const store = await openObjectStore(url, { clock: systemClock, ids: systemIds });
  let next = 0;
  let read = 0;
  const create = await repeated(() => store.put(`many/${(next += 1)}`, body, { ifAbsent: true }), times);
  return {
    create,
    replace: await repeated(async () => {
      const version = (await store.head('many/1'))?.version ?? '';
      return store.put('many/1', body, { ifVersion: version });
    }, times),
    get: await repeated(() => store.get(`many/${1 + ((read += 1) % next)}`), times),
    list100: await repeated(() => store.list('many/', { limit: 100 }), times),
    delete: await repeated(() => store.delete(`many/${next--}`), times),
  };
};
