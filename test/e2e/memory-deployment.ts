import { table } from '../../functions/table.ts';
import { isFinal, type JobStatus } from '../../shared/domain/job.ts';
import { eventPublisher } from '../../shared/event-bus/publish.ts';
import { storeEventBus } from '../../shared/event-bus/store-bus.ts';
import { dispatcher } from '../../shared/hosts/dispatch.ts';
import { httpApp } from '../../shared/hosts/http.ts';
import { localDoor } from '../../shared/hosts/local/door.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import { DriftlessError } from '../../shared/kernel/errors.ts';
import { systemIds } from '../../shared/kernel/ids.ts';
import { type Host, invoke } from '../../shared/kernel/invoke.ts';
import { silentLog } from '../../shared/kernel/log.ts';
import { keepDeadLetter } from '../../shared/object-store/dead-letters.ts';
import { memoryObjectStore } from '../../shared/object-store/memory.ts';
import type { ObjectStore } from '../../shared/object-store/port.ts';
import type { Ports } from '../../shared/ports.ts';
import type { PlannedJob, TrainingPlatform } from '../../shared/training/port.ts';
import { fakeTableReader } from '../fakes/tables.ts';

export const token = 'the-token-of-this-test';
const port = 8787;

/** Every function over ports in memory, behind the laptop's own door: Request in, Response out, no sockets. */
export const memoryDeployment = (wrap: (store: ObjectStore) => ObjectStore = (store) => store) => {
  const base = { clock: systemClock, ids: systemIds };
  const store = wrap(memoryObjectStore(base));
  const bus = storeEventBus({ store, ...base });
  const platform = scriptedPlatform();
  const ports: Ports = {
    store,
    bus: eventPublisher({ bus, clock: base.clock, source: 'urn:driftless:test' }),
    training: {
      platform: async (target) => {
        if (target === 'local') return platform;
        throw new DriftlessError('not-found', `There is no target ${target}.`);
      },
    },
    tables: fakeTableReader(store),
  };
  const host: Host<Ports> = {
    ...base,
    log: silentLog,
    open: async (name) => ports[name],
    keep: (letter) => keepDeadLetter({ store, ...base }, letter),
  };
  const app = httpApp(table, host, {
    authorize: localDoor(token, () => port),
    openapi: async () => ({ openapi: '3.1.0' }),
  });
  const events = dispatcher(table, bus, host);

  const send = async (method: string, path: string, { body, headers = {} }: Sending = {}): Promise<Response> =>
    app.fetch(
      new Request(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: { host: `127.0.0.1:${port}`, authorization: `Bearer ${token}`, ...headers },
        ...(body === undefined ? {} : { body, duplex: 'half' }),
      }),
    );

  return {
    store,
    platform,
    ports: { ...ports, ...base, log: silentLog },
    send,
    /** The answer's status and JSON. */
    call: async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
      const response = await send(method, path, {
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, json: (await response.json()) as Record<string, unknown> };
    },
    /** Until nothing is due, as a laptop does with every command. */
    settle: async () => {
      for (const fn of table)
        if (fn.trigger.kind === 'schedule') await invoke(fn, { input: { guardsNow: true } }, host);
      await events.drain();
    },
  };
};

export type MemoryDeployment = ReturnType<typeof memoryDeployment>;
type Sending = { body?: string | ReadableStream; headers?: Record<string, string> };

/** A platform whose jobs run until the test says how they end. GPUs are what it cannot do. */
const scriptedPlatform = () => {
  const jobs = new Map<string, { job: PlannedJob; status: JobStatus }>();
  const platform: TrainingPlatform = {
    platform: 'scripted',
    plan: ({ spec, ...job }) =>
      spec.resources.gpu
        ? { unsupported: [{ field: 'resources.gpu', reason: 'there is no GPU here' }] }
        : { requests: [{ operation: 'run', body: { ...job, command: spec.command } }] },
    submit: async (job) => {
      if (!jobs.has(job.name)) jobs.set(job.name, { job, status: { state: 'running', metrics: {} } });
    },
    describe: async (name) => {
      const found = jobs.get(name);
      return found ? { ...found.status, specHash: found.job.specHash } : null;
    },
    stop: async (name) => {
      const found = jobs.get(name);
      if (found && !isFinal(found.status.state))
        found.status = { state: 'stopped', reason: { code: 'stopped', detail: 'It was stopped.' }, metrics: {} };
    },
    logs: async (name) => ({ lines: jobs.has(name) ? ['line one', 'line two'] : [] }),
  };
  return {
    ...platform,
    count: () => jobs.size,
    end: (name: string, status: JobStatus) => {
      const found = jobs.get(name);
      if (found) found.status = status;
    },
  };
};
