import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import type { DefinedFunction } from '../../kernel/define-function.ts';
import { DriftlessError } from '../../kernel/errors.ts';
import { type Host, invoke } from '../../kernel/invoke.ts';
import { folderOfUrl } from '../../object-store/open.ts';
import type { Ports } from '../../ports.ts';
import { type Dispatcher, dispatcher } from '../dispatch.ts';
import { httpApp } from '../http.ts';
import { localDoor, localToken } from './door.ts';
import { type LocalConfig, openLocalPorts } from './ports.ts';
import { watchStore } from './watch.ts';

export type UpOptions = {
  table: readonly DefinedFunction<Ports>[];
  config: LocalConfig;
  system: Pick<Host<Ports>, 'clock' | 'ids' | 'log'>;
  port: number;
  openapi: () => Promise<unknown>;
};

export type Running = { url: string; token: string; close(): Promise<void> };

/** How often the machine looks for what is due, by itself. Its own events wake it at once. */
const pollMs = 500;

/**
 * Every function on this machine: HTTP on the loopback, the inbox watched, the bus emptied, `tick` ticking. Throws
 * `unavailable` when the port is taken.
 */
export const up = async ({ table, config, system, port, openapi }: UpOptions): Promise<Running> => {
  const bell = makeBell();
  const { host, store, bus } = await openLocalPorts(config, system, bell.ring);
  const token = await localToken(config.localDir, system.ids);
  let bound = port;
  const app = httpApp(table, host, { authorize: localDoor(token, () => bound), openapi });
  const server = await listen(app.fetch, port);
  bound = server.port;
  const endWatch = await watchFolder(config, { store, bus: await host.open('bus'), log: system.log });
  const loop = runLoop(table, host, dispatcher(table, bus, host, bell.ring), bell);
  return {
    url: `http://127.0.0.1:${bound}`,
    token,
    close: async () => {
      await Promise.all([server.close(), endWatch()]);
      await loop.end();
    },
  };
};

const watchFolder = async (
  { storeUrl }: LocalConfig,
  options: Omit<Parameters<typeof watchStore>[0], 'root' | 'keyOfPath'>,
): Promise<() => Promise<void>> => {
  if (!/^file:/i.test(storeUrl)) return async () => {};
  const root = folderOfUrl(storeUrl);
  const folders = ['inbox/models', 'inbox/data', 'inbox/labels', 'jobs'];
  await Promise.all(folders.map((folder) => mkdir(join(root, folder), { recursive: true })));
  const { keyOfPath } = await import('../../object-store/filesystem-layout.ts');
  return watchStore({ ...options, root, keyOfPath: (path) => keyOfPath(root, path) });
};

const listen = (fetch: (request: Request) => Response | Promise<Response>, port: number) =>
  new Promise<{ port: number; close(): Promise<void> }>((resolve, reject) => {
    const server = serve({ fetch, port, hostname: '127.0.0.1' }, (address) =>
      resolve({
        port: address.port,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      }),
    );
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new DriftlessError(
          'unavailable',
          `Port ${port} of this machine cannot be used (${cause.code}); choose another with --port.`,
          { cause },
        ),
      ),
    );
  });

/** Rung when there may be work; waiting for it never misses a ring. */
const makeBell = () => {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      rung = true;
      wake?.();
    },
    wait: (ms: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (rung) wake();
      }).finally(() => {
        rung = false;
        wake = undefined;
      }),
  };
};

const runLoop = (
  table: readonly DefinedFunction<Ports>[],
  host: Host<Ports>,
  events: Dispatcher,
  bell: ReturnType<typeof makeBell>,
) => {
  const ending = new AbortController();
  const schedules = table.filter(({ trigger }) => trigger.kind === 'schedule');
  const turn = async (): Promise<void> => {
    for (const fn of schedules) await invoke(fn, { input: {} }, host);
    await events.takeUp();
  };
  const running = (async () => {
    while (!ending.signal.aborted) {
      await turn().catch((error: unknown) =>
        host.log.error({ cause: String(error) }, 'The store did not answer; trying again.'),
      );
      await bell.wait(pollMs);
    }
    await events.drain();
  })();
  return {
    end: async () => {
      ending.abort();
      bell.ring();
      await running;
    },
  };
};
