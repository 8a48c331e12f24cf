import type { DefinedFunction } from '../kernel/define-function.ts';
import { type Host, invoke } from '../kernel/invoke.ts';
import type { Ports } from '../ports.ts';
import { dispatcher } from '../hosts/dispatch.ts';
import { httpApp } from '../hosts/http.ts';
import { type LocalConfig, openLocalPorts } from '../hosts/local/ports.ts';
import { type Api, apiOf } from './call.ts';

/** One command's view of a deployment: its API, its ports, and the means to bring it up to date. */
export type Session = {
  api: Api;
  host: Host<Ports>;
  table: readonly DefinedFunction<Ports>[];
  /** Does what is due and delivers what is queued, so that a laptop without `driftless up` moves on with each command. */
  settle(): Promise<void>;
};

export type SessionOptions = {
  table: readonly DefinedFunction<Ports>[];
  config: LocalConfig;
  system: Pick<Host<Ports>, 'clock' | 'ids' | 'log'>;
  openapi: () => Promise<unknown>;
};

/** Whoever can run a command on this machine can read the store: there is no door between them. */
const noDoor = () => {};

export const openSession = async ({ table, config, system, openapi }: SessionOptions): Promise<Session> => {
  const { host, bus } = await openLocalPorts(config, system);
  const app = httpApp(table, host, { authorize: noDoor, openapi });
  const events = dispatcher(table, bus, host);
  return {
    api: apiOf(app.fetch),
    host,
    table,
    settle: async () => {
      for (const fn of table)
        if (fn.trigger.kind === 'schedule') await invoke(fn, { input: { guardsNow: true } }, host);
      await events.drain();
    },
  };
};
