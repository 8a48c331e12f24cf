import type { Random } from './random.ts';

/** What can go wrong in one I/O call. `before` and `after`: whether the call took effect. */
export const callFaults = [
  'killed-before',
  'killed-after',
  'unavailable-before',
  'unavailable-after',
  'throttled',
  'slow',
] as const;
export type CallFault = (typeof callFaults)[number];

/** What can go wrong elsewhere. */
export const otherFaults = [
  'event-not-published', // the bus refuses one event of a batch
  'delivered-twice', // two deliveries of one event at the same time
  'delivered-late',
  'delivered-again', // long after it was settled
  'notified-twice', // the bucket tells of one object twice
  'answer-lost', // an HTTP client never sees the answer, and asks again
  'asked-twice', // an HTTP client sends a request twice at once
  'vendor-hides-job', // a platform does not show a job that it has just taken
  'job-stuck',
  'job-failed',
  'job-empty', // a job ends well and has written nothing of use
  'time-leap', // minutes pass while calls are under way
] as const;
export type Fault = CallFault | (typeof otherFaults)[number];

export type Faults = {
  ofCall(): CallFault | null;
  fires(fault: Fault): boolean;
  /** From now on nothing goes wrong any more. */
  heal(): void;
  counts: Map<Fault, number>;
};

const usualRates: Record<Fault, number> = {
  'killed-before': 0.004,
  'killed-after': 0.004,
  'unavailable-before': 0.008,
  'unavailable-after': 0.008,
  throttled: 0.008,
  slow: 0.01,
  'event-not-published': 0.02,
  'delivered-twice': 0.1,
  'delivered-late': 0.1,
  'delivered-again': 0.05,
  'notified-twice': 0.2,
  'answer-lost': 0.1,
  'asked-twice': 0.15,
  'vendor-hides-job': 0.1,
  'job-stuck': 0.1,
  'job-failed': 0.1,
  'job-empty': 0.05,
  'time-leap': 0.003,
};

/** Each seed has faults of its own choosing: some seeds few, some many, some strong. */
export const seededFaults = (random: Random): Faults => {
  const rates = new Map<Fault, number>();
  for (const [fault, usual] of Object.entries(usualRates) as [Fault, number][])
    rates.set(fault, random.chance(0.6) ? usual * (0.3 + 2 * random.fraction()) : 0);
  const counts = new Map<Fault, number>();
  let healed = false;
  const fires = (fault: Fault): boolean => {
    if (healed || !random.chance(rates.get(fault) ?? 0)) return false;
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
    return true;
  };
  return {
    ofCall: () => callFaults.find(fires) ?? null,
    fires,
    heal: () => {
      healed = true;
    },
    counts,
  };
};

/** Nothing goes wrong but that the process of I/O call number `call` (from 1) is killed there. */
export const killAtCall = (call: number, when: 'killed-before' | 'killed-after'): Faults => {
  let calls = 0;
  const counts = new Map<Fault, number>();
  return {
    ofCall: () => {
      calls += 1;
      if (calls !== call) return null;
      counts.set(when, 1);
      return when;
    },
    fires: () => false,
    heal: () => {},
    counts,
  };
};
