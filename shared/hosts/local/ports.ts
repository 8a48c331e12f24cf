import { join } from 'node:path';
import { eventPublisher } from '../../event-bus/publish.ts';
import { type StoreBus, storeEventBus } from '../../event-bus/store-bus.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Host } from '../../kernel/invoke.ts';
import type { Log } from '../../kernel/log.ts';
import { keepDeadLetter } from '../../object-store/dead-letters.ts';
import { openObjectStore } from '../../object-store/open.ts';
import type { ObjectStore } from '../../object-store/port.ts';
import type { Ports } from '../../ports.ts';
import { openTables } from '../../tables/open.ts';
import { openTrainingPlatforms } from '../../training/open.ts';
import type { Targets } from '../../domain/target.ts';

export type LocalConfig = {
  storeUrl: string;
  /** Where this machine keeps what is its own: runs, the token. */
  localDir: string;
  deployment: string;
  targets: Targets;
};

/** The machine's own ports: everything durable is in the store, the bus included. */
export type LocalPorts = { host: Host<Ports>; store: ObjectStore; bus: StoreBus };

export const openLocalPorts = async (
  config: LocalConfig,
  { clock, ids, log }: { clock: Clock; ids: Ids; log: Log },
  onPublish: () => void = () => {},
): Promise<LocalPorts> => {
  const store = await openObjectStore(config.storeUrl, { clock, ids });
  const base = { store, clock, ids };
  const bus = storeEventBus({ ...base, log }, onPublish);
  const ports: { [Key in keyof Ports]: () => Promise<Ports[Key]> | Ports[Key] } = {
    store: () => store,
    bus: () => eventPublisher({ bus, clock, source: `urn:driftless:${config.deployment}` }),
    training: once(() =>
      openTrainingPlatforms(config.targets, {
        storeUrl: config.storeUrl,
        runsDir: join(config.localDir, 'runs'),
        clock,
      }),
    ),
    tables: once(() => openTables({ store, tempDir: join(config.localDir, 'tables') })),
  };
  const host: Host<Ports> = {
    clock,
    ids,
    log,
    open: async (port) => ports[port](),
    keep: (letter) => keepDeadLetter(base, letter),
  };
  return { host, store, bus };
};

const once = <Value>(make: () => Value): (() => Value) => {
  let made: { value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};
