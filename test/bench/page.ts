import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listJobs } from '../../functions/read-api/jobs.ts';
import { listVersions } from '../../functions/read-api/models.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import type { HostPorts } from '../../shared/kernel/define-function.ts';
import { systemIds } from '../../shared/kernel/ids.ts';
import { silentLog } from '../../shared/kernel/log.ts';
import { openObjectStore } from '../../shared/object-store/open.ts';
import type { Ports } from '../../shared/ports.ts';
import { interleaved } from './measure.ts';
import { model, seedStore } from './seed.ts';

const few = 100;
const many = 100_000;
const mostRatio = 1.2;
const times = { warmUp: 20, runs: 100 };

type Page = { items: unknown[]; next: string | null };

/** A page of 100 among 100 000 versions or jobs costs what it costs among 100, from the first page or from the middle. */
export const benchPage = async (): Promise<object> => {
  const folder = await mkdtemp(join(tmpdir(), 'driftless-bench-'));
  try {
    const seeding = performance.now();
    for (const count of [few, many]) seedStore(join(folder, String(count)), count);
    const seedSeconds = Math.round((performance.now() - seeding) / 1000);
    const [small, large] = [await openPages(join(folder, String(few))), await openPages(join(folder, String(many)))];
    return {
      seedSeconds,
      mostRatio,
      versions: await compare(small.versions, large.versions),
      jobs: await compare(small.jobs, large.jobs),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

type ReadPage = (cursor?: string) => Promise<Page>;

const openPages = async (root: string): Promise<{ versions: ReadPage; jobs: ReadPage }> => {
  const system = { clock: systemClock, ids: systemIds, log: silentLog };
  const store = await openObjectStore(`file://${root}`, system);
  const host: HostPorts<Ports> = { ...system, open: async () => store as never };
  return {
    versions: async (cursor) => (await listVersions.run({ model, ...query(cursor) }, host)) as Page,
    jobs: async (cursor) => (await listJobs.run(query(cursor), host)) as Page,
  };
};

const query = (cursor: string | undefined): { cursor?: string } => (cursor === undefined ? {} : { cursor });

const compare = async (small: ReadPage, large: ReadPage): Promise<object> => {
  const cursor = await cursorAfter(large, many / 2);
  for (const page of [await small(), await large(), await large(cursor)])
    if (page.items.length !== few) throw new Error(`A page held ${page.items.length} items, not ${few}.`);
  const taken = await interleaved(
    { among100: () => small(), among100000: () => large(), fromTheMiddle: () => large(cursor) },
    times,
  );
  const ratio = (name: keyof typeof taken): number => Math.round((taken[name].p50 / taken.among100.p50) * 1000) / 1000;
  return { ...taken, ratio: ratio('among100000'), ratioFromTheMiddle: ratio('fromTheMiddle') };
};

const cursorAfter = async (read: ReadPage, count: number): Promise<string> => {
  let cursor: string | undefined;
  for (let seen = 0; seen < count; seen += few) cursor = (await read(cursor)).next ?? undefined;
  if (cursor === undefined) throw new Error('The list ended early.');
  return cursor;
};
