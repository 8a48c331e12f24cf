import type { Queued, StoreBus } from '../event-bus/store-bus.ts';
import type { DefinedFunction } from '../kernel/define-function.ts';
import { type Host, invoke } from '../kernel/invoke.ts';
import { subscribersOf } from './route.ts';

/** Empties a store bus into the functions of a table. One for each process; several processes may share a bus. */
export type Dispatcher = {
  /** Takes up what is due, without waiting for it. `onSettled` of the dispatcher is called as each one ends. */
  takeUp(): Promise<void>;
  /** Returns when nothing is due any more and nothing is under way. */
  drain(): Promise<void>;
};

const atOnce = 8;

export const dispatcher = <Ports>(
  table: readonly DefinedFunction<Ports>[],
  bus: StoreBus,
  host: Host<Ports>,
  onSettled: () => void = () => {},
): Dispatcher => {
  const underWay = new Map<string, Promise<void>>();

  const begin = (queued: Queued): void => {
    const { id } = queued.event;
    const delivery = deliver(table, bus, host, queued)
      .catch((error: unknown) =>
        host.log.error({ event: id, cause: String(error) }, 'An event could not be settled; it comes again.'),
      )
      .finally(() => {
        underWay.delete(id);
        onSettled();
      });
    underWay.set(id, delivery);
  };

  const takeUp = async (): Promise<void> => {
    const free = atOnce - underWay.size;
    if (free === 0) return;
    const due = await bus.due(free, new Set(underWay.keys()));
    for (const queued of due) if (!underWay.has(queued.event.id)) begin(queued);
  };

  const drain = async (): Promise<void> => {
    await takeUp();
    while (underWay.size > 0) {
      await Promise.race(underWay.values());
      await takeUp();
    }
  };

  return { takeUp, drain };
};

/** To every function that has not taken it yet. What failed comes again, to those alone. */
export const deliver = async <Ports>(
  table: readonly DefinedFunction<Ports>[],
  bus: Pick<StoreBus, 'settle'>,
  host: Host<Ports>,
  queued: Queued,
): Promise<void> => {
  const { event, waiting, attempt } = queued;
  const subscribers = subscribersOf(table, event).filter(({ name }) => waiting?.includes(name) ?? true);
  const failed: string[] = [];
  for (const fn of subscribers) {
    const outcome = await invoke(fn, { input: event.data, event, attempt }, host);
    if (outcome.kind === 'failed') failed.push(fn.name);
  }
  await bus.settle(queued, failed);
};
