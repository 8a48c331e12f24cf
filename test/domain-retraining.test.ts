import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, emptyLock, release, type Retrain, type RetrainingLock } from '../shared/domain/retraining.ts';
import { isoTime } from '../shared/kernel/clock.ts';

const hour = 3600 * 1000;
const day = 24 * hour;
const start = Date.parse('2026-03-02T00:00:00.000Z');

const retrain: Retrain = {
  on: ['drift'],
  candidates: [{ hyperparameters: {} }],
  failover: [],
  cooldown: 'PT6H',
  maxPerWeek: 4,
  stopAfterNoGain: 3,
};
const trigger = (cause: string, obstacle: string | null = null) => ({
  model: 'flight-delays',
  champion: 6,
  policy: 'p'.repeat(64),
  cause,
  obstacle,
});
const finish = (lock: RetrainingLock, promoted: boolean, now: number): RetrainingLock =>
  release(lock, lock.open?.id ?? 'none', promoted, isoTime(now));
/** The lock after one whole run. */
const run = (lock: RetrainingLock, cause: string, promoted: boolean, now: number): RetrainingLock =>
  finish(admit(lock, retrain, trigger(cause), now), promoted, now + hour);
const whyOf = (lock: RetrainingLock, cause: string): string | undefined =>
  lock.causes.find((known) => known.cause === cause)?.why;

describe('admit', () => {
  it('opens a run and remembers what for', () => {
    const lock = admit(emptyLock, retrain, trigger('check-1'), start);
    expect(lock.open).toEqual({ id: expect.stringMatching(/^r[a-z2-7]{30}$/), startedAt: isoTime(start) });
    expect(lock.causes).toEqual([{ cause: 'check-1', at: isoTime(start), run: lock.open?.id, why: 'started' }]);
    expect(emptyLock.open).toBeNull();
  });

  it('never opens a second run: triggers that come meanwhile coalesce', () => {
    const open = admit(emptyLock, retrain, trigger('check-1'), start);
    const after = ['check-2', 'check-3'].reduce(
      (lock, cause) => admit(lock, retrain, trigger(cause), start + 30 * day),
      open,
    );
    expect(after.open).toEqual(open.open);
    expect(after.coalesced).toBe(2);
    expect(whyOf(after, 'check-3')).toContain('in progress');
    expect(finish(after, true, start + 31 * day).coalesced).toBe(0);
  });

  it('decides a cause once, however often it is delivered', () => {
    const open = admit(emptyLock, retrain, trigger('check-1'), start);
    expect(admit(open, retrain, trigger('check-1'), start + 1)).toBe(open);
    const closed = finish(open, true, start + hour);
    expect(admit(closed, retrain, trigger('check-1'), start + 30 * day)).toBe(closed);
    const refused = admit(closed, retrain, trigger('check-2'), start + 2 * hour);
    expect(admit(refused, retrain, trigger('check-2'), start + 30 * day)).toBe(refused);
  });

  it('waits for the cooldown to the millisecond, counted from the end of the run before', () => {
    const closed = run(emptyLock, 'check-1', true, start);
    const ready = start + hour + 6 * hour;
    const early = admit(closed, retrain, trigger('check-2'), ready - 1);
    expect(early.open).toBeNull();
    expect(whyOf(early, 'check-2')).toContain('the cooldown is PT6H');
    expect(admit(closed, retrain, trigger('check-2'), ready).open).not.toBeNull();
  });

  it('starts no more than the quota within any seven days', () => {
    let lock = emptyLock;
    for (let i = 0; i < 4; i += 1) lock = run(lock, `check-${i}`, true, start + i * day);
    const full = admit(lock, retrain, trigger('check-4'), start + 7 * day - 1);
    expect(full.open).toBeNull();
    expect(whyOf(full, 'check-4')).toContain('4 runs within seven days');
    expect(admit(lock, retrain, trigger('check-4'), start + 7 * day).open).not.toBeNull();
  });

  it('stops after runs without gain, and begins again after one with gain', () => {
    let lock = emptyLock;
    for (let i = 0; i < 3; i += 1) lock = run(lock, `check-${i}`, false, start + i * 10 * day);
    const stopped = admit(lock, retrain, trigger('check-3'), start + 100 * day);
    expect(stopped.open).toBeNull();
    expect(whyOf(stopped, 'check-3')).toContain('brought no gain');

    let lucky = run(run(emptyLock, 'a', false, start), 'b', false, start + 10 * day);
    lucky = run(lucky, 'c', true, start + 20 * day);
    expect(lucky.runsWithoutGain).toBe(0);
    expect(admit(lucky, retrain, trigger('d'), start + 30 * day).open).not.toBeNull();
  });

  it('keeps what the trigger itself knows against it as the reason', () => {
    const lock = admit(emptyLock, retrain, trigger('check-1', 'There is no training template.'), start);
    expect(lock).toMatchObject({ open: null, coalesced: 0, starts: [] });
    expect(whyOf(lock, 'check-1')).toBe('There is no training template.');
  });

  it('gives the run of an episode one name, wherever it is computed, and the next run another', () => {
    const [one, two] = ['a', 'b'].map((cause) => admit(emptyLock, retrain, trigger(cause), start + cause.length));
    expect(one?.open?.id).toBe(two?.open?.id);
    const next = admit(run(emptyLock, 'a', true, start), retrain, trigger('c'), start + day);
    expect(next.open?.id).not.toBe(one?.open?.id);
  });

  it('remembers no more causes than it must', () => {
    let lock = admit(emptyLock, retrain, trigger('first'), start);
    for (let i = 0; i < 500; i += 1) lock = admit(lock, retrain, trigger(`check-${i}`), start + i);
    expect(lock.causes.length).toBeLessThanOrEqual(200);
    expect(lock.causes[0]?.cause).toBe('check-499');
  });
});

describe('release', () => {
  it('frees the lock for its own run only, once', () => {
    const open = admit(emptyLock, retrain, trigger('check-1'), start);
    expect(release(open, 'another', true, isoTime(start))).toBe(open);
    const closed = finish(open, false, start + hour);
    expect(closed).toMatchObject({ open: null, last: open.open, episode: 1, runsWithoutGain: 1 });
    expect(release(closed, open.open?.id ?? '', false, isoTime(start + day))).toBe(closed);
  });
});

describe('any history of triggers and runs', () => {
  const action = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('trigger' as const), cause: fc.nat(30).map(String) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('finish' as const), promoted: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 60 }) }) },
  );
  type Action =
    | { kind: 'trigger'; cause: string }
    | { kind: 'finish'; promoted: boolean }
    | { kind: 'wait'; hours: number };
  type Started = { id: string; at: number; ended: number | null; gain: boolean | null };

  /** What happened, told by someone who only watches `open` change. */
  const watch = (actions: Action[]): Started[] => {
    let [lock, now] = [emptyLock, start];
    const runs: Started[] = [];
    for (const each of actions) {
      const before = lock.open;
      if (each.kind === 'wait') now += each.hours * hour;
      if (each.kind === 'trigger') lock = admit(lock, retrain, trigger(each.cause), now);
      if (each.kind === 'finish') lock = finish(lock, each.promoted, now);
      const last = runs.at(-1);
      if (each.kind === 'finish' && before && last) Object.assign(last, { ended: now, gain: each.promoted });
      if (lock.open && lock.open.id !== before?.id) runs.push({ id: lock.open.id, at: now, ended: null, gain: null });
    }
    return runs;
  };

  it('keeps every limit', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
        const runs = watch(actions);
        expect(new Set(runs.map(({ id }) => id)).size).toBe(runs.length);
        runs.forEach((each, i) => {
          const before = runs[i - 1];
          const sinceEnd = each.at - (before?.ended ?? -Infinity);
          expect(before === undefined || before.ended !== null).toBe(true);
          expect(sinceEnd).toBeGreaterThanOrEqual(6 * hour);
          const week = runs.filter(({ at }) => at <= each.at && at > each.at - 7 * day);
          expect(week.length).toBeLessThanOrEqual(4);
          const lastThree = runs.slice(Math.max(0, i - 3), i);
          expect(lastThree.length === 3 && lastThree.every(({ gain }) => gain === false)).toBe(false);
        });
      }),
      { numRuns: 300 },
    );
  });
});
