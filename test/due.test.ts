import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { due } from '../shared/domain/keys.ts';
import { isoTime } from '../shared/kernel/clock.ts';
import { arm, dueEntries, guardTime, needOf, settleEntry } from '../shared/object-store/due.ts';
import { listAll } from '../shared/object-store/list-all.ts';
import { memoryObjectStore } from '../shared/object-store/memory.ts';
import { createRecord } from '../shared/object-store/records.ts';

const start = Date.parse('2026-03-01T12:00:00.000Z');
const minute = 60_000;

const testPorts = () => {
  let [now, last] = [start, 0];
  const clock = { now: () => now };
  const ids = { next: () => `id${String((last += 1)).padStart(10, '0')}` };
  const store = memoryObjectStore({ clock, ids });
  const wait = (milliseconds: number) => void (now += milliseconds);
  return { clock, ids, store, wait };
};
type Ports = ReturnType<typeof testPorts>;

const entry = (id: string, at: number, record?: string) => ({
  kind: 'job',
  id,
  at: isoTime(at),
  event: { name: 'job.changed', subject: id, data: { job: id } },
  ...(record === undefined ? {} : { record }),
});

const dueNow = (ports: Ports, limit = 1000) => dueEntries(ports, { limit, guardsNow: false });
const dueIds = async (ports: Ports, limit?: number) => (await dueNow(ports, limit)).map(({ entry: { id } }) => id);

describe('the due index', () => {
  it('gives what is due, earliest minute first, and nothing before its time', async () => {
    const ports = testPorts();
    await arm(ports, entry('tomorrow', start + 24 * 60 * minute));
    await arm(ports, entry('soon', start + 30_000));
    await arm(ports, entry('next', start + minute));
    await arm(ports, entry('overdue', start - 90 * minute));
    expect(await dueIds(ports)).toEqual(['overdue']);
    ports.wait(29_999);
    expect(await dueIds(ports)).toEqual(['overdue']);
    ports.wait(1);
    expect(await dueIds(ports)).toEqual(['overdue', 'soon']);
    ports.wait(30_000);
    expect(await dueIds(ports)).toEqual(['overdue', 'soon', 'next']);
    expect(await dueIds(ports, 2)).toEqual(['overdue', 'soon']);
  });

  it('orders across hours, days and years', async () => {
    const ports = testPorts();
    const times = [
      '1999-12-31T23:59:59.999Z',
      '2026-02-28T23:59:00.000Z',
      '2026-03-01T00:00:00.000Z',
      '2026-03-01T11:59:00.000Z',
    ];
    for (const at of times.toReversed()) await arm(ports, entry(at.slice(0, 16), Date.parse(at)));
    expect(await dueIds(ports)).toEqual(times.map((at) => at.slice(0, 16)));
  });

  it('gives every entry exactly when its time has come, whatever was armed', async () => {
    const offsets = fc.uniqueArray(fc.integer({ min: -100 * minute, max: 100 * minute }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(offsets, fc.nat(100 * minute), async (armed, wait) => {
        const ports = testPorts();
        for (const offset of armed) await arm(ports, entry(String(offset), start + offset));
        ports.wait(wait);
        const expected = armed.filter((offset) => offset <= wait).map(String);
        expect((await dueIds(ports)).toSorted()).toEqual(expected.toSorted());
      }),
    );
  });

  it('holds one entry for each kind, id and minute: armed again, it takes the new time', async () => {
    const ports = testPorts();
    const first = await arm(ports, entry('a', start + 1000));
    expect(await arm(ports, entry('a', start + 2000))).toBe(first);
    expect(await arm(ports, { ...entry('a', start + 1000), kind: 'retraining' })).not.toBe(first);
    expect(await listAll(ports.store, due)).toHaveLength(2);
    ports.wait(1999);
    expect((await dueNow(ports)).map(({ entry: { kind } }) => kind)).toEqual(['retraining']);
  });

  it('can be asked for all guards at once, while what is scheduled waits for its moment', async () => {
    const ports = testPorts();
    await arm(ports, entry('scheduled', start + minute));
    await arm(ports, entry('guard', start + 3 * minute, 'open'));
    const all = await dueEntries(ports, { limit: 10, guardsNow: true });
    expect(all.map(({ entry: { id } }) => id)).toEqual(['guard']);
    expect(await dueIds(ports)).toEqual([]);
  });
});

describe('an entry', () => {
  const Effect = z.strictObject({ settled: z.boolean(), note: z.string().optional() });

  it('is needed until its record says settled', async () => {
    const ports = testPorts();
    await createRecord(ports, 'open', Effect, { settled: false, note: 'other fields do not matter' });
    await createRecord(ports, 'done', Effect, { settled: true });
    const need = (record?: string) => needOf(ports, { ...entry('a', start, record), attempt: 0 });
    expect(await need('open')).toBe('now');
    expect(await need('done')).toBe('never');
    expect(await need()).toBe('now');
  });

  it('whose record is not there yet stays until its writer has surely ended', async () => {
    const ports = testPorts();
    const guard = { ...entry('a', Date.parse(guardTime(ports.clock)), 'slow'), attempt: 0 };
    expect(await needOf(ports, guard)).toBe('later');
    ports.wait(15 * minute);
    expect(await needOf(ports, guard)).toBe('later');
    await createRecord(ports, 'slow', Effect, { settled: false });
    expect(await needOf(ports, guard)).toBe('now');
    ports.wait(minute);
    expect(await needOf(ports, { ...guard, record: 'never-written' })).toBe('never');
  });

  it('with a record comes again ever more slowly, up to ten minutes, as one entry', async () => {
    const ports = testPorts();
    await arm(ports, entry('a', start, 'open'));
    const pauses: number[] = [];
    for (let before = start; pauses.length < 10; before = ports.clock.now()) {
      while ((await dueNow(ports)).length === 0) ports.wait(1000);
      if (ports.clock.now() > before) pauses.push((ports.clock.now() - before) / 1000);
      for (const { key, entry: found } of await dueNow(ports)) await settleEntry(ports, key, found);
      expect(await listAll(ports.store, due)).toHaveLength(1);
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
  });

  it('without a record is over when its event went out', async () => {
    const ports = testPorts();
    const key = await arm(ports, entry('a', start));
    const [found] = await dueNow(ports);
    if (found) await settleEntry(ports, key, found.entry);
    expect(await listAll(ports.store, due)).toEqual([]);
  });

  it('survives a crash between coming again and leaving its old place', async () => {
    const ports = testPorts();
    await arm(ports, entry('a', start - minute, 'open'));
    const dying = { ...ports.store, delete: () => Promise.reject(new Error('killed')) };
    const [found] = await dueNow(ports);
    if (!found) throw new Error('It must be due.');
    await expect(settleEntry({ ...ports, store: dying }, found.key, found.entry)).rejects.toThrow('killed');
    ports.wait(5000);
    expect(await dueIds(ports)).toEqual(['a', 'a']);
    for (const { key, entry: again } of await dueNow(ports)) await settleEntry(ports, key, again);
    ports.wait(20 * minute);
    expect(await dueIds(ports)).not.toEqual([]);
  });
});
