import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { DriftlessError, type ErrorCode } from '../shared/kernel/errors.ts';
import { memoryObjectStore } from '../shared/object-store/memory.ts';
import type { ObjectStore } from '../shared/object-store/port.ts';
import { createRecord, readRecord, recordFormat, updateRecord } from '../shared/object-store/records.ts';

const Counter = z.strictObject({ count: z.int() });
const key = 'state/counter';
const add = (counter: z.infer<typeof Counter> | null) => ({ count: (counter?.count ?? 0) + 1 });

const countingIds = () => {
  let last = 0;
  return { next: () => `id${String((last += 1)).padStart(10, '0')}` };
};

type Put = ObjectStore['put'];
/** Ports over a memory store whose `put` goes through `around`. */
const testPorts = (around: (put: Put) => Put = (put) => put) => {
  const ids = countingIds();
  const plain = memoryObjectStore({ clock: { now: () => 0 }, ids });
  return { plain, ids, store: { ...plain, put: around(plain.put) } };
};

type Step = 'ok' | 'lost before' | 'lost after' | 'conflict after' | 'late';
const unavailable = new DriftlessError('unavailable', 'The store did not answer.');

/**
 * Follows a script, one step a put, then behaves. `lost after` is a 5xx for a write that was applied; `conflict after` what a
 * client sees that retried such a write by itself; `late` a write that is applied when the next one arrives.
 */
const follow =
  (script: readonly Step[]) =>
  (put: Put): Put => {
    const steps = [...script];
    let late: Parameters<Put> | null = null;
    return async (...parameters) => {
      if (late) await put(...late).catch(() => {});
      const step = steps.shift() ?? 'ok';
      late = step === 'late' ? parameters : null;
      if (step === 'late' || step === 'lost before') throw unavailable;
      const written = await put(...parameters);
      if (step === 'ok') return written;
      throw step === 'lost after' ? unavailable : new DriftlessError('conflict', 'It exists already.');
    };
  };

const codeOf = async (work: Promise<unknown>): Promise<ErrorCode | 'done'> =>
  work.then(
    () => 'done' as const,
    (error: unknown) => {
      if (error instanceof DriftlessError) return error.code;
      throw error;
    },
  );

const stored = async (text: string) => {
  const ports = testPorts();
  await ports.store.put(key, text);
  return ports;
};

describe('createRecord', () => {
  it('lets one of many win, and tells the others without an error', async () => {
    const ports = testPorts();
    const claims = Array.from({ length: 20 }, (_, count) => createRecord(ports, key, Counter, { count }));
    const won = (await Promise.all(claims)).flatMap((is, count) => (is ? [count] : []));
    expect(won).toHaveLength(1);
    expect((await readRecord(ports.store, key, Counter))?.value).toEqual({ count: won[0] });
  });

  it.each<[Step, boolean]>([
    ['ok', true],
    ['lost after', true],
    ['conflict after', true],
  ])('knows its own write again when the answer is: %s', async (step, created) => {
    const ports = testPorts(follow([step]));
    expect(await createRecord(ports, key, Counter, { count: 7 })).toBe(created);
    expect(await createRecord(ports, key, Counter, { count: 8 })).toBe(false);
    expect((await readRecord(ports.store, key, Counter))?.value.count).toBe(7);
  });

  it('knows its own write even after others have changed the record', async () => {
    const ports = testPorts((put) => {
      let first = true;
      return async (...parameters) => {
        const written = await put(...parameters);
        if (!first) return written;
        first = false;
        for (let i = 0; i < 5; i += 1) await updateRecord({ ...ports, store: ports.plain }, key, Counter, add);
        throw unavailable;
      };
    });
    expect(await createRecord(ports, key, Counter, { count: 0 })).toBe(true);
    expect((await readRecord(ports.store, key, Counter))?.value.count).toBe(5);
  });

  it('claims no success for a write that never happened', async () => {
    const ports = testPorts(follow(['lost before']));
    expect(await codeOf(createRecord(ports, key, Counter, { count: 7 }))).toBe('unavailable');
    expect(await readRecord(ports.store, key, Counter)).toBeNull();
  });

  it('writes nothing that is not of the schema', async () => {
    const ports = testPorts();
    expect(await codeOf(createRecord(ports, key, Counter, { count: 1.5 }))).toBe('unreadable');
    expect(await ports.store.head(key)).toBeNull();
  });
});

describe('updateRecord', () => {
  it('creates, changes, and leaves alone what the change returns as it was', async () => {
    const ports = testPorts();
    expect(await updateRecord(ports, key, Counter, add)).toEqual({ count: 1 });
    expect(await updateRecord(ports, key, Counter, add)).toEqual({ count: 2 });
    const before = await ports.store.head(key);
    expect(await updateRecord(ports, key, Counter, (counter) => counter)).toEqual({ count: 2 });
    expect(await ports.store.head(key)).toEqual(before);
  });

  it('throws not-found for an absent record that the change does not make, and what the change throws', async () => {
    const ports = testPorts();
    expect(await codeOf(updateRecord(ports, key, Counter, (counter) => counter))).toBe('not-found');
    const refused = updateRecord(ports, key, Counter, () => {
      throw new DriftlessError('refused', 'No.');
    });
    expect(await codeOf(refused)).toBe('refused');
  });

  it('gives equal records different bytes, so that a version never stands for two writes', async () => {
    const ports = testPorts();
    const texts = new Set<string>();
    for (const count of [1, 2, 1]) {
      await updateRecord(ports, key, Counter, () => ({ count }));
      texts.add(Buffer.from((await ports.store.get(key))?.body ?? []).toString());
    }
    expect(texts.size).toBe(3);
  });

  it('gives up, saying so, when others keep winning', async () => {
    const ports = testPorts(() => async () => {
      throw new DriftlessError('conflict', 'It is another version.');
    });
    expect(await codeOf(updateRecord(ports, key, Counter, add))).toBe('unavailable');
  });

  it('applies each change exactly once, whatever becomes of the answers', async () => {
    const steps = fc.constantFrom<Step[]>('ok', 'lost before', 'lost after', 'conflict after', 'late');
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 12 }), async (script) => {
        const ports = testPorts(follow(script));
        for (let i = 0; i < 5; i += 1) await updateRecord(ports, key, Counter, add);
        expect((await readRecord(ports.plain, key, Counter))?.value).toEqual({ count: 5 });
      }),
    );
  });

  it('returns what its own write says when the store applies that write late', async () => {
    const ports = testPorts(follow(['ok', 'late']));
    await updateRecord(ports, key, Counter, add);
    expect(await updateRecord(ports, key, Counter, add)).toEqual({ count: 2 });
    expect((await readRecord(ports.plain, key, Counter))?.value).toEqual({ count: 2 });
  });

  it.each([1, 2, 3])('stays exact with 20 writers who lose every third answer (run %i)', async (seed) => {
    let turn = seed;
    const ports = testPorts((put) => async (...parameters) => {
      turn += 1;
      if (turn % 7 === 0) throw unavailable;
      const written = await put(...parameters);
      if (turn % 3 === 0) throw unavailable;
      return written;
    });
    const writer = async () => {
      for (let i = 0; i < 10; i += 1) await updateRecord(ports, key, Counter, add);
    };
    await Promise.all(Array.from({ length: 20 }, writer));
    expect((await readRecord(ports.plain, key, Counter))?.value).toEqual({ count: 200 });
  });
});

describe('readRecord', () => {
  const envelope = { format: recordFormat, revision: 'r', recent: [], record: { count: 3 } };

  it('is null for an absent record', async () => {
    expect(await readRecord(testPorts().store, key, Counter)).toBeNull();
  });

  it('reads what this format and older ones hold', async () => {
    for (const format of [recordFormat, recordFormat - 1]) {
      const ports = await stored(JSON.stringify({ ...envelope, format }));
      expect((await readRecord(ports.store, key, Counter))?.value).toEqual({ count: 3 });
    }
  });

  it('refuses a newer format plainly, to readers and to writers, and leaves it as it is', async () => {
    const text = JSON.stringify({ ...envelope, format: recordFormat + 1 });
    const ports = await stored(text);
    expect(await codeOf(readRecord(ports.store, key, Counter))).toBe('newer-format');
    expect(await codeOf(updateRecord(ports, key, Counter, add))).toBe('newer-format');
    expect(Buffer.from((await ports.store.get(key))?.body ?? []).toString()).toBe(text);
    await expect(readRecord(ports.store, key, Counter)).rejects.toThrow(/Update Driftless/);
  });

  it.each([
    ['half a file', '{"format":1,"rev'],
    ['nothing', ''],
    ['JSON null', 'null'],
    ['another JSON document', '{"count":3}'],
    ['a record of another shape', JSON.stringify({ ...envelope, record: { total: 3 } })],
  ])('says that %s is unreadable, naming the key', async (_what, text) => {
    const ports = await stored(text);
    expect(await codeOf(readRecord(ports.store, key, Counter))).toBe('unreadable');
    await expect(readRecord(ports.store, key, Counter)).rejects.toThrow(key);
  });
});
