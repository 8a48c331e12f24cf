import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { cloudEvent } from '../shared/domain/events.ts';
import { type StoreBus, storeEventBus } from '../shared/event-bus/store-bus.ts';
import { dispatcher } from '../shared/hosts/dispatch.ts';
import { functionDefiner, type Trigger } from '../shared/kernel/define-function.ts';
import { DriftlessError, type ErrorCode } from '../shared/kernel/errors.ts';
import { systemIds } from '../shared/kernel/ids.ts';
import { type DeadLetter, type Host, maxAttempts } from '../shared/kernel/invoke.ts';
import { silentLog } from '../shared/kernel/log.ts';
import { arm, dueEntries } from '../shared/object-store/due.ts';
import { memoryObjectStore } from '../shared/object-store/memory.ts';

type Ports = object;
const define = functionDefiner<Ports>();

let now: number;
let bus: StoreBus;
let kept: DeadLetter[];
let host: Host<Ports>;
/** The names of the functions that ran, in order. */
let ran: string[];
/** What a function does, by name; nothing unless the test says so. */
let behaviour: Record<string, () => Promise<void> | void>;

beforeEach(() => {
  now = Date.parse('2026-01-01');
  const base = { clock: { now: () => now }, ids: systemIds };
  bus = storeEventBus({ store: memoryObjectStore(base), ...base });
  kept = [];
  ran = [];
  behaviour = {};
  host = {
    ...base,
    log: silentLog,
    open: () => Promise.reject(new Error('no port')),
    keep: async (letter) => void kept.push(letter),
  };
});

const row = (name: string, trigger: Trigger) =>
  define({
    name,
    summary: name,
    trigger,
    input: z.unknown(),
    output: z.unknown(),
    needs: [],
    timeoutSeconds: 1,
    memoryMb: 1,
    handle: async () => {
      ran.push(name);
      await behaviour[name]?.();
      return null;
    },
  });
const table = [
  row('first', { kind: 'event', types: ['job.changed'] }),
  row('second', { kind: 'event', types: ['job.changed'] }),
  row('dropped', { kind: 'object-created', prefix: 'inbox/models/' }),
  row('completed', { kind: 'object-created', prefix: 'jobs/', suffix: '/completion.json' }),
];

const publish = (name: 'job.changed' | 'object.created', subject: string) => {
  const data = name === 'job.changed' ? { job: subject } : { store: 'mem:', key: subject, size: 1, version: subject };
  const event = cloudEvent({ name, subject, data } as Parameters<typeof cloudEvent>[0], {
    source: 'urn:test',
    time: '2026-01-01T00:00:00.000Z',
  });
  return bus.publish([event]);
};
const drain = () => dispatcher(table, bus, host).drain();
const isEmpty = async () => {
  const wasNow = now;
  now += 1e9;
  const due = await bus.due(10, new Set());
  now = wasNow;
  return due.length === 0;
};
const fail = (code: ErrorCode) => () => {
  throw new DriftlessError(code, 'It failed.');
};

describe('an event', () => {
  it.each([
    ['job.changed', 'j1', ['first', 'second']],
    ['object.created', 'inbox/models/flights/a.bin', ['dropped']],
    ['object.created', 'jobs/j1/completion.json', ['completed']],
    ['object.created', 'jobs/j1/model/model.bin', []],
    ['object.created', 'inbox/data/flights/a.csv', []],
  ] as const)('%s of %s goes to %j', async (name, subject, names) => {
    await publish(name, subject);
    await drain();
    expect(ran).toEqual(names);
    expect(await isEmpty()).toBe(true);
  });

  it('that is published twice before it is taken is one delivery', async () => {
    await publish('job.changed', 'j1');
    await publish('job.changed', 'j1');
    await drain();
    expect(ran).toEqual(['first', 'second']);
  });

  it('that one function failed comes again to that one alone, later and later', async () => {
    behaviour['second'] = fail('unavailable');
    await publish('job.changed', 'j1');
    await drain();
    await drain();
    expect(ran).toEqual(['first', 'second']);
    now += 200;
    await drain();
    expect(ran).toEqual(['first', 'second', 'second']);
    now += 200;
    await drain();
    expect(ran).toHaveLength(3);
    now += 200;
    behaviour = {};
    await drain();
    expect(ran).toEqual(['first', 'second', 'second', 'second']);
    expect(await isEmpty()).toBe(true);
    expect(kept).toEqual([]);
  });

  it('that never succeeds is kept, with its reason, after the last attempt', async () => {
    behaviour['first'] = fail('unavailable');
    await publish('job.changed', 'j1');
    for (let i = 0; i < maxAttempts + 2; i += 1) {
      await drain();
      now += 120_000;
    }
    expect(ran.filter((name) => name === 'first')).toHaveLength(maxAttempts);
    expect(kept).toMatchObject([{ function: 'first', attempts: maxAttempts, problem: { code: 'unavailable' } }]);
    expect(await isEmpty()).toBe(true);
  });

  it('that can never succeed is kept at once, and the others still get it', async () => {
    behaviour['first'] = fail('invalid-input');
    await publish('job.changed', 'j1');
    await drain();
    expect(kept).toMatchObject([{ function: 'first', event: { subject: 'j1' }, attempts: 1 }]);
    expect(ran).toEqual(['first', 'second']);
    expect(await isEmpty()).toBe(true);
  });

  it('stays when even its dead letter cannot be kept', async () => {
    behaviour['first'] = fail('invalid-input');
    host = { ...host, keep: () => Promise.reject(new DriftlessError('unavailable', 'No store.')) };
    await publish('job.changed', 'j1');
    await drain();
    expect(await isEmpty()).toBe(false);
  });

  it('outlives the process that took it', async () => {
    await publish('job.changed', 'j1');
    expect(await bus.due(1, new Set())).toHaveLength(1); // taken, and then the process died
    await drain();
    expect(ran).toEqual(['first', 'second']);
  });
});

describe('many events', () => {
  it('are all delivered once, at most eight at a time', async () => {
    let underWay = 0;
    let most = 0;
    behaviour['dropped'] = async () => {
      most = Math.max(most, (underWay += 1));
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
    };
    for (let i = 0; i < 50; i += 1) await publish('object.created', `inbox/models/flights/${i}.bin`);
    await drain();
    expect(ran).toHaveLength(50);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(8);
  });

  it('are not held up by one that waits for its next attempt', async () => {
    behaviour['first'] = fail('unavailable');
    for (let i = 0; i < 20; i += 1) await publish('job.changed', `j${i}`);
    await drain();
    await publish('object.created', 'inbox/models/flights/a.bin');
    await drain();
    expect(ran.at(-1)).toBe('dropped');
  });

  it('that come out of events are delivered too', async () => {
    behaviour['dropped'] = async () => void (await publish('job.changed', 'j1'));
    await publish('object.created', 'inbox/models/flights/a.bin');
    await drain();
    expect(ran).toEqual(['dropped', 'first', 'second']);
  });

  it('are not stopped by one that cannot be read', async () => {
    const base = { clock: { now: () => now }, ids: systemIds };
    const store = memoryObjectStore(base);
    bus = storeEventBus({ store, ...base });
    await store.put('state/bus/broken', 'no record');
    await store.put('state/bus/newer', JSON.stringify({ format: 99, revision: 'r', recent: [], record: {} }));
    await publish('job.changed', 'j1');
    await drain();
    expect(ran).toEqual(['first', 'second']);
    expect((await store.list('state/bus/')).items).toHaveLength(2);

    await store.put('state/due/202501010000/job/broken', 'no record');
    const event = { name: 'job.changed', subject: 'j1', data: { job: 'j1' } };
    await arm({ store, ...base }, { kind: 'job', id: 'j1', at: '2025-12-31T00:00:00.000Z', event });
    const due = await dueEntries({ store, ...base }, { limit: 100, guardsNow: false });
    expect(due.map(({ entry }) => entry.id)).toEqual(['j1']);
  });
});
