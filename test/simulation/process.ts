import type { EventBus } from '../../shared/event-bus/port.ts';
import { DriftlessError } from '../../shared/kernel/errors.ts';
import { ProcessDeath } from '../../shared/kernel/invoke.ts';
import type { ObjectStore } from '../../shared/object-store/port.ts';
import type { TrainingPlatform } from '../../shared/training/port.ts';
import type { Faults } from './faults.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/** One run of one function. Once it is killed, none of its calls has an effect any more. */
export type Process = { name: string; dead: boolean };

export type IoContext = { scheduler: Scheduler; random: Random; faults: Faults };

type Call = <Result>(what: string, effect: () => Promise<Result>) => Promise<Result>;

/** Mostly seconds; now and then longer than any function lives, which must be safe all the same. */
const delayOf = (random: Random): number => (random.chance(0.1) ? random.below(15 * 60_000) : random.below(20_000));

/** Every I/O call of a process goes through here: it waits for its turn, and meets its fault. */
export const callsOf =
  ({ scheduler, random, faults }: IoContext, process: Process): Call =>
  async (what, effect) => {
    if (process.dead) throw new ProcessDeath();
    const fault = faults.ofCall();
    const line = `${process.name}: ${what}${fault ? ` [${fault}]` : ''}`;
    await scheduler.turn(line, fault === 'slow' ? delayOf(random) : 0);
    if (process.dead) throw new ProcessDeath();
    if (faults.fires('time-leap')) scheduler.advanceTo(scheduler.clock.now() + random.below(2 * 60_000));
    if (fault === null || fault === 'slow') return effect();
    if (fault === 'throttled') throw new DriftlessError('throttled', 'Simulated: slow down.');
    if (fault.endsWith('-after')) await effect().catch(() => undefined);
    if (fault.startsWith('unavailable')) throw new DriftlessError('unavailable', 'Simulated: no answer.');
    process.dead = true;
    throw new ProcessDeath();
  };

export const storeOf = (call: Call, store: ObjectStore): ObjectStore => ({
  url: store.url,
  get: (key, options) => call(`get ${key}`, () => store.get(key, options)),
  stream: (key, options) => call(`stream ${key}`, () => store.stream(key, options)),
  head: (key, options) => call(`head ${key}`, () => store.head(key, options)),
  put: (key, body, options) => call(`put ${key}${conditionOf(options)}`, () => store.put(key, body, options)),
  delete: (key, options) => call(`delete ${key}`, () => store.delete(key, options)),
  list: (prefix, options) => call(`list ${prefix}`, () => store.list(prefix, options)),
});

const conditionOf = (options: { ifAbsent?: true; ifVersion?: string } = {}): string =>
  options.ifAbsent ? ' if absent' : options.ifVersion ? ' if unchanged' : '';

/** A bus that may refuse a part of a batch. */
export const busOf = (bus: EventBus, faults: Faults): EventBus => ({
  publish: async (events) => {
    const refused = new Set(events.filter(() => faults.fires('event-not-published')).map(({ id }) => id));
    const results = await bus.publish(events.filter(({ id }) => !refused.has(id)));
    const error = { code: 'unavailable', detail: 'Simulated: the bus is full.' } as const;
    return events.map(({ id }) => (refused.has(id) ? { id, error } : (results.find((one) => one.id === id) ?? { id })));
  },
});

export const platformOf = (call: Call, platform: TrainingPlatform): TrainingPlatform => ({
  ...platform,
  submit: (job) => call(`submit ${job.name}`, () => platform.submit(job)),
  describe: (name) => call(`describe ${name}`, () => platform.describe(name)),
  stop: (name) => call(`stop ${name}`, () => platform.stop(name)),
});
