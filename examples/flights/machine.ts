import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { table } from '../../functions/table.ts';
import { type Api, apiOf } from '../../shared/cli/call.ts';
import { up } from '../../shared/hosts/local/up.ts';
import { type Clock, isoTime, systemClock } from '../../shared/kernel/clock.ts';
import { systemIds } from '../../shared/kernel/ids.ts';
import { openLog } from '../../shared/kernel/log.ts';
import { openObjectStore } from '../../shared/object-store/open.ts';
import type { ObjectStore } from '../../shared/object-store/port.ts';

/** A whole Driftless on this machine, as `driftless up` starts it, but for its clock, which the story sets. */
export type Machine = {
  api: Api;
  store: ObjectStore;
  /** Moves the clock on to this moment; it goes on from there at the usual pace. */
  goTo(time: string): void;
  now(): string;
  close(): Promise<void>;
};

export const startMachine = async (folder: string, time: string): Promise<Machine> => {
  await rm(folder, { recursive: true, force: true });
  const clock = movableClock(Date.parse(time));
  const storeUrl = pathToFileURL(join(folder, 'store')).href;
  const system = { clock, ids: systemIds, log: openLog('error') };
  const config = { storeUrl, localDir: join(folder, 'local'), deployment: 'demo', targets: {} };
  const running = await up({ table, config, system, port: 0, openapi });
  return {
    api: apiOf((request) => fetch(authorized(request, running))),
    store: await openObjectStore(storeUrl, system),
    goTo: clock.goTo,
    now: () => isoTime(clock.now()),
    close: running.close,
  };
};

const openapi = async (): Promise<unknown> =>
  JSON.parse(await readFile(new URL('../../infra/generated/openapi.json', import.meta.url), 'utf8'));

const authorized = (request: Request, { url, token }: { url: string; token: string }): Request => {
  const { pathname, search } = new URL(request.url);
  const moved = new Request(url + pathname + search, request);
  moved.headers.set('authorization', `Bearer ${token}`);
  return moved;
};

const movableClock = (start: number): Clock & { goTo(time: string): void } => {
  let offset = start - systemClock.now();
  return {
    now: () => systemClock.now() + offset,
    goTo: (time) => {
      offset = Math.max(offset, Date.parse(time) - systemClock.now());
    },
  };
};

const deadlineMs = 120_000;
const pauseMs = 50;

/** Asks until there is an answer. Throws after two minutes, saying what was waited for. */
export const eventually = async <Answer>(
  what: string,
  ask: () => Promise<Answer | null | undefined>,
): Promise<Answer> => {
  for (const end = systemClock.now() + deadlineMs; systemClock.now() < end; ) {
    const answer = await ask();
    if (answer !== null && answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  throw new Error(`Nothing came of this within two minutes: ${what}. Look at \`driftless dead-letters\`.`);
};
