import { table } from '../../functions/table.ts';
import { subscribersOf } from '../../shared/hosts/route.ts';
import { deliver as productDeliver } from '../../shared/hosts/dispatch.ts';
import { cloudEvent, type DomainEvent } from '../../shared/domain/events.ts';
import { eventPublisher } from '../../shared/event-bus/publish.ts';
import { type Queued, type StoreBus, storeEventBus } from '../../shared/event-bus/store-bus.ts';
import { isoTime } from '../../shared/kernel/clock.ts';
import type { CloudEvent } from '../../shared/kernel/cloud-event.ts';
import type { DefinedFunction } from '../../shared/kernel/define-function.ts';
import { DriftlessError, isError } from '../../shared/kernel/errors.ts';
import type { Ids } from '../../shared/kernel/ids.ts';
import { type DeadLetter, type Host, invoke, type Outcome, ProcessDeath } from '../../shared/kernel/invoke.ts';
import type { Log } from '../../shared/kernel/log.ts';
import { keepDeadLetter } from '../../shared/object-store/dead-letters.ts';
import { memoryObjectStore } from '../../shared/object-store/memory.ts';
import type { ObjectStore } from '../../shared/object-store/port.ts';
import type { Ports } from '../../shared/ports.ts';
import type { TrainingPlatform } from '../../shared/training/port.ts';
import { fakeTableReader } from '../fakes/tables.ts';
import type { Faults } from './faults.ts';
import { busOf, callsOf, type IoContext, platformOf, type Process, storeOf } from './process.ts';
import { type Random, seededIds } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import { simulatedVendor, type Vendor } from './vendor.ts';
import { emptyHistory, type History } from './history.ts';
import { watchedStore } from './watch.ts';

type Row = DefinedFunction<Ports>;
type Deliver = (
  rows: readonly Row[],
  bus: Pick<StoreBus, 'settle'>,
  host: Host<Ports>,
  queued: Queued,
) => Promise<void>;

/** A product that is wrong in one way: the simulation must find it. Each part wraps what the world would use. */
export type Broken = {
  name: string;
  rows?(rows: readonly Row[]): Row[];
  store?(store: ObjectStore): ObjectStore;
  training?(platform: TrainingPlatform, ids: Ids): TrainingPlatform;
  keep?(keep: (letter: DeadLetter) => Promise<void>): (letter: DeadLetter) => Promise<void>;
  deliver?: Deliver;
};

export type Answer = { row: string; input: Record<string, unknown>; outcome: Outcome };

export type World = {
  scheduler: Scheduler;
  random: Random;
  faults: Faults;
  /** What people and platforms see: no faults, but every change is watched. */
  store: ObjectStore;
  vendor: Vendor;
  history: History;
  /** What HTTP clients were told in the end. */
  answers: Answer[];
  /** Calls under way: deliveries, requests, ticks. */
  active(): number;
  /** Tells of an object as a bucket would: at least once, in no order. */
  announce(key: string): Promise<void>;
  say(event: DomainEvent, moment?: string): Promise<void>;
  /** A client that asks until it knows. */
  request(row: string, input: Record<string, unknown>): void;
  deliver(queued: Queued): void;
  /** Events that a delivery is under way for. */
  inFlight: Map<string, number>;
  tick(): void;
};

const source = 'urn:driftless:simulation';

export const openWorld = (io: IoContext, broken: Broken): World => {
  const { scheduler, random, faults } = io;
  const { clock } = scheduler;
  const ids = seededIds(random);
  const history = emptyHistory();
  // S3 tells times of objects in whole seconds.
  const storeClock = random.chance(0.5) ? { now: () => Math.floor(clock.now() / 1000) * 1000 } : clock;
  const store = watchedStore(memoryObjectStore({ clock: storeClock, ids }), history);
  const bus = storeEventBus({ store, ids, clock });
  const answers: Answer[] = [];
  const inFlight = new Map<string, number>();
  const rows = broken.rows?.(table) ?? table;
  let processes = 0;
  let active = 0;

  const say = async (event: DomainEvent, moment?: string): Promise<void> => {
    const time = isoTime(clock.now());
    await bus.publish([cloudEvent(event, { source, time, ...(moment === undefined ? {} : { moment }) })]);
  };

  const announce = async (key: string): Promise<void> => {
    const info = await store.head(key);
    if (!info) return;
    const data = { store: store.url, key, size: info.size, version: info.version };
    const event = { name: 'object.created', subject: key, data } as const;
    await say(event);
    if (faults.fires('notified-twice')) await say(event, 'again');
  };

  const vendor = simulatedVendor({ ...io, store, announce });

  const log = (name: string): Log => {
    const report = (fields: object, message: string): void => {
      const { code, cause } = fields as { code?: string; cause?: string };
      const detail = `${name.replace(/^#\d+ /, '')}: ${cause?.replaceAll(/\s+/g, ' ')}`;
      if (code === 'internal') history.violations.push({ invariant: 'internal error', detail });
      scheduler.note(`${name}: ${message}`);
    };
    return { debug: () => {}, info: () => {}, warn: report, error: report };
  };

  /** A fresh process, as a function platform would start one, with ports that can fail and a life that can end. */
  const startProcess = (what: string): { host: Host<Ports>; bus: StoreBus } => {
    processes += 1;
    const process: Process = { name: `#${processes} ${what}`, dead: false };
    const call = callsOf(io, process);
    const ownStore = storeOf(call, store);
    const used = broken.store?.(ownStore) ?? ownStore;
    const base = { store: used, ids, clock };
    const platform = platformOf(call, vendor.platform);
    const ownBus = storeEventBus(base);
    const ports: Ports = {
      store: used,
      bus: eventPublisher({ bus: busOf(ownBus, faults), clock, source }),
      tables: fakeTableReader(used),
      training: { platform: (target) => targetOf(target, broken.training?.(platform, ids) ?? platform) },
    };
    const keep = (letter: DeadLetter): Promise<void> => keepDeadLetter(base, letter);
    const host: Host<Ports> = {
      clock,
      ids,
      log: log(process.name),
      open: async (port) => ports[port],
      keep: broken.keep?.(keep) ?? keep,
    };
    return { host, bus: ownBus };
  };

  const run = (what: string, work: () => Promise<void>): void => {
    active += 1;
    work()
      .catch((error: unknown) => {
        if (error instanceof ProcessDeath || isError(error)) return;
        history.violations.push({ invariant: 'internal error', detail: `${what}: ${String(error)}` });
      })
      .finally(() => {
        active -= 1;
      });
  };

  const rowOf = (name: string): Row => {
    const row = rows.find((one) => one.name === name);
    if (!row) throw new RangeError(`The table has no row ${name}.`);
    return row;
  };

  /** The outcome, or null when the client saw none. */
  const ask = async (row: string, input: Record<string, unknown>): Promise<Outcome | null> => {
    try {
      const outcome = await invoke(rowOf(row), { input }, startProcess(row).host);
      return faults.fires('answer-lost') ? null : outcome;
    } catch (error) {
      if (error instanceof ProcessDeath) return null;
      throw error;
    }
  };

  const askUntilTold = async (row: string, input: Record<string, unknown>): Promise<void> => {
    for (let pause = 1000; ; pause *= 2) {
      const outcome = await ask(row, input);
      if (outcome && outcome.kind !== 'failed') {
        answers.push({ row, input, outcome });
        return;
      }
      await scheduler.turn(`the client of ${row} asks again`, pause);
    }
  };

  return {
    scheduler,
    random,
    faults,
    store,
    vendor,
    history,
    answers,
    inFlight,
    active: () => active,
    announce,
    say,
    request: (row, input) => {
      const clients = faults.fires('asked-twice') ? 2 : 1;
      for (let client = 0; client < clients; client += 1) run(row, () => askUntilTold(row, input));
    },
    deliver: (queued) => {
      const { event } = queued;
      const process = startProcess(`deliver ${event.type.slice('dev.driftless.'.length)} ${event.subject}`);
      const watched = subscribersOf(rows, event).map((row) => noting(row, event, history));
      inFlight.set(event.id, (inFlight.get(event.id) ?? 0) + 1);
      run(event.type, () =>
        (broken.deliver ?? productDeliver)(watched, process.bus, process.host, queued).finally(() => {
          inFlight.set(event.id, (inFlight.get(event.id) ?? 1) - 1);
        }),
      );
    },
    tick: () =>
      run('tick', async () => {
        await invoke(rowOf('tick'), { input: {} }, startProcess('tick').host);
      }),
  };
};

const targetOf = async (target: string, platform: TrainingPlatform): Promise<TrainingPlatform> => {
  if (target === 'sim') return platform;
  throw new DriftlessError('not-found', `There is no target ${target}; the only one is sim.`);
};

const noting = (row: Row, event: CloudEvent, { processed }: History): Row => ({
  ...row,
  run: async (input, host) => {
    const output = await row.run(input, host);
    processed.add(`${row.name} ${event.id}`);
    return output;
  },
});
