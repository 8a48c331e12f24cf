import type { Check } from '../../shared/domain/drift.ts';
import type { Retraining } from '../../shared/domain/retraining.ts';
import type { Alias } from '../../shared/domain/version.ts';
import type { DeadLetterRecord } from '../../shared/domain/dead-letter.ts';
import { deadLetters } from '../../shared/domain/keys.ts';
import { errorTable } from '../../shared/kernel/errors.ts';
import { type Fault, type Faults, seededFaults } from './faults.ts';
import { doubledJobs, violationsOf } from './invariants.ts';
import { seededRandom } from './random.ts';
import { scheduler, settled } from './scheduler.ts';
import type { Violation } from './history.ts';
import { type Action, start, workloadOf } from './workload.ts';
import { type Broken, openWorld, type World } from './world.ts';

export type SeedResult = {
  seed: number;
  violations: Violation[];
  faults: Map<Fault, number>;
  /** How often the parts of the product were reached that a world may never come to. */
  reached: Map<string, number>;
  /** Turns given: I/O calls and waits. */
  steps: number;
  trace: string;
};

export type SeedOptions = {
  broken?: Broken;
  workload?: Action[];
  faults?: Faults;
  onLine?: (line: string) => void;
};

/** A seed that takes more has not come to rest. */
const mostSteps = 40_000;
const atOnce = 6;
const dayMs = 24 * 3600 * 1000;

/** One world from its first event to its rest. The same seed is the same run, to the last step. */
export const simulate = async (seed: number, options: SeedOptions = {}): Promise<SeedResult> => {
  const random = seededRandom(seed);
  const faults = options.faults ?? seededFaults(random);
  const actions = options.workload ?? workloadOf(random);
  const time = scheduler(random, start, options.onLine);
  const world = openWorld({ scheduler: time, random, faults }, options.broken ?? { name: 'nothing' });
  const life = liveIn(world, [...actions]);
  const rested = await life.untilRest();
  const violations = rested
    ? await violationsOf(world)
    : [{ invariant: 'rest', detail: unrest(world) }, ...doubledJobs(world)];
  return {
    seed,
    violations: distinct([...world.history.violations, ...violations]),
    faults: faults.counts,
    reached: reachedBy(world),
    steps: life.steps(),
    trace: time.traceHash(),
  };
};

const distinct = (violations: Violation[]): Violation[] => [
  ...new Map(violations.map((one) => [`${one.invariant} ${one.detail}`, one])).values(),
];

const liveIn = (world: World, actions: Action[]) => {
  const { scheduler: time, random, faults, history, inFlight } = world;
  const heldBack = new Map<string, number>();
  const again: { at: number; deliver: () => void }[] = [];
  let nextTick = start;
  let steps = 0;

  /** When an event may be delivered: late ones are late once. */
  const deliverableAt = (id: string, notBefore: string): number => {
    const known = heldBack.get(id);
    if (known !== undefined) return known;
    const late = faults.fires('delivered-late') ? random.below(dayMs / 4) : 0;
    heldBack.set(id, Date.parse(notBefore) + late);
    return Date.parse(notBefore) + late;
  };

  const deliverable = () => [...history.queued.values()].filter(({ event }) => (inFlight.get(event.id) ?? 0) === 0);

  const deliverOne = (): boolean => {
    const now = time.clock.now();
    const due = deliverable().filter(
      ({ event, attempt, notBefore }) => deliverableAt(`${event.id} ${attempt}`, notBefore) <= now,
    );
    if (due.length === 0 || world.active() >= atOnce) return false;
    const queued = random.pick(due);
    world.deliver(queued);
    if (faults.fires('delivered-twice')) world.deliver(queued);
    if (faults.fires('delivered-again'))
      again.push({ at: now + random.below(dayMs / 2), deliver: () => world.deliver(queued) });
    return true;
  };

  const tick = (): boolean => {
    const now = time.clock.now();
    if (now < nextTick || Math.min(...history.due.values()) > now) return false;
    nextTick = now + 500 + random.below(60_000);
    world.tick();
    return true;
  };

  const act = async (): Promise<boolean> => {
    const action = actions[0];
    if (!action || start + action.at > time.clock.now()) return false;
    actions.shift();
    time.note(`-- ${action.name}`);
    await action.act(world);
    return true;
  };

  const deliverAgain = (): boolean => {
    const index = again.findIndex(({ at }) => at <= time.clock.now());
    const [one] = index < 0 ? [] : again.splice(index, 1);
    one?.deliver();
    return one !== undefined;
  };

  const begin = async (): Promise<boolean> => (await act()) || deliverAgain() || tick() || deliverOne();

  const nextMoment = (): number => {
    const [action] = actions;
    const events = deliverable().map(({ event, attempt, notBefore }) =>
      deliverableAt(`${event.id} ${attempt}`, notBefore),
    );
    const due = Math.min(...history.due.values());
    return Math.min(
      action ? start + action.at : Number.POSITIVE_INFINITY,
      due === Number.POSITIVE_INFINITY ? due : Math.max(due, nextTick),
      unluckyLetters(world).length > 0 ? nextLook : Number.POSITIVE_INFINITY,
      time.nextMoment(),
      world.vendor.nextMoment(),
      ...again.map(({ at }) => at),
      ...(world.active() < atOnce ? events : []),
    );
  };

  /** Faults end a day after the last thing that people do; from then on, an operator looks at the dead letters. */
  let nextLook = start + (actions.at(-1)?.at ?? 0) + dayMs;
  const lookAfterFaults = (): void => {
    if (time.clock.now() < nextLook) return;
    faults.heal();
    nextLook = time.clock.now() + dayMs / 4;
    for (const { id } of unluckyLetters(world)) world.request('replay-event', { id });
  };

  /** True when nothing is left to do, false when it never ends. */
  const untilRest = async (): Promise<boolean> => {
    for (; steps < mostSteps; ) {
      await settled();
      lookAfterFaults();
      await world.vendor.advance();
      if ((!time.isReady() || random.chance(0.2)) && (await begin())) continue;
      if (time.step()) {
        steps += 1;
        continue;
      }
      const next = nextMoment();
      if (next === Number.POSITIVE_INFINITY) return world.active() === 0;
      if (next <= time.clock.now()) steps += 1;
      time.advanceTo(next);
    }
    return false;
  };

  return { untilRest, steps: () => steps };
};

/** What only bad luck put there: worth a replay. */
const unluckyLetters = ({ history }: World): DeadLetterRecord[] =>
  [...history.letters.values()].filter(
    ({ id, problem }) => errorTable[problem.code].retry && history.records.has(deadLetters + id),
  );

const reachedBy = ({ history }: World): Map<string, number> => {
  const reached = new Map<string, number>();
  const count = (what: string, times = 1): void => void reached.set(what, (reached.get(what) ?? 0) + times);
  for (const { type } of history.events.values()) count(type.slice('dev.driftless.'.length));
  for (const { problem } of history.letters.values()) count(`dead letter: ${problem.code}`);
  for (const [key, value] of history.records) {
    if (key.includes('/checks/')) count(`check: ${(value as Check).verdict}`);
    if (key.includes('/retrainings/')) count(`retraining: ${(value as Retraining).decision ?? 'suppressed'}`);
    if (key.includes('/aliases/')) count('alias moves', (value as Alias).history.length + 1);
  }
  return reached;
};

const unrest = ({ history, vendor, active }: World): string => {
  const { queued, due } = history;
  const events = [...queued.values()].map(({ event }) => `${event.type} ${event.subject}`);
  return `It does not come to rest: ${active()} calls under way, ${events.length} events (${events[0] ?? ''}), ${due.size} due entries (${[...due.keys()][0] ?? ''}), ${[...vendor.jobs.values()].filter(({ wrote }) => !wrote).length} jobs at the vendor.`;
};
