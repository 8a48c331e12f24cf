import { createHash } from 'node:crypto';
import type { Clock } from '../../shared/kernel/clock.ts';
import type { Random } from './random.ts';

type Waiting = { what: string; notBefore: number; go: () => void };

/** Virtual time, and who goes next. Everything that happens is a line of the trace. */
export type Scheduler = {
  clock: Clock;
  /** Resolves when the scheduler chooses this caller, not before `delayMs` of virtual time have passed. */
  turn(what: string, delayMs?: number): Promise<void>;
  /** Lets one of those whose time has come go on. False when there is none. */
  step(): boolean;
  isReady(): boolean;
  /** When the next caller may go on, or Infinity. */
  nextMoment(): number;
  advanceTo(time: number): void;
  /** Adds a line to the trace. */
  note(line: string): void;
  /** A digest of the trace so far: equal for equal runs. */
  traceHash(): string;
};

export const scheduler = (random: Random, start: number, onLine: (line: string) => void = () => {}): Scheduler => {
  let now = start;
  const waiting: Waiting[] = [];
  const trace = createHash('sha256');

  const note = (line: string): void => {
    trace.update(`${now} ${line}\n`);
    onLine(`${new Date(now).toISOString()} ${line}`);
  };

  return {
    clock: { now: () => now },
    turn: (what, delayMs = 0) =>
      new Promise<void>((resolve) => {
        waiting.push({ what, notBefore: now + delayMs, go: resolve });
      }),
    step: () => {
      const ready = waiting.filter(({ notBefore }) => notBefore <= now);
      if (ready.length === 0) return false;
      const chosen = random.pick(ready);
      waiting.splice(waiting.indexOf(chosen), 1);
      if (random.chance(0.5)) now += random.below(4);
      note(chosen.what);
      chosen.go();
      return true;
    },
    isReady: () => waiting.some(({ notBefore }) => notBefore <= now),
    nextMoment: () => Math.min(Number.POSITIVE_INFINITY, ...waiting.map(({ notBefore }) => notBefore)),
    advanceTo: (time) => {
      now = Math.max(now, time);
    },
    note,
    traceHash: () => trace.copy().digest('hex').slice(0, 16),
  };
};

/**
 * Returns when every promise that could go on without a turn has done so: ticks run when no microtask is left. Nothing
 * here waits for the event loop, which would cost more than all the rest.
 * https://nodejs.org/api/process.html#when-to-use-queuemicrotask-vs-processnexttick
 */
export const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
