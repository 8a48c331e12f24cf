import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { CloudEvent } from '../shared/kernel/cloud-event.ts';
import { functionDefiner } from '../shared/kernel/define-function.ts';
import { DriftlessError, type ErrorCode, errorTable } from '../shared/kernel/errors.ts';
import { type DeadLetter, type Host, invoke, maxAttempts, ProcessDeath } from '../shared/kernel/invoke.ts';
import type { Log } from '../shared/kernel/log.ts';

type Ports = { counter: { add(by: number): number }; untouched: object };
const define = functionDefiner<Ports>();

const event: CloudEvent = {
  specversion: '1.0',
  id: 'e1',
  source: 'urn:test',
  type: 'dev.driftless.job.changed.v1',
  subject: 'j1',
  time: '2026-01-01T00:00:00.000Z',
  datacontenttype: 'application/json',
  data: { by: 1 },
};

const fails = (error: unknown) =>
  define({
    name: 'add',
    summary: 'Adds.',
    trigger: { kind: 'event', types: ['job.changed'] },
    input: z.strictObject({ by: z.int() }),
    output: z.strictObject({ total: z.int() }),
    needs: ['counter'],
    timeoutSeconds: 1,
    memoryMb: 1,
    handle: async ({ by }, { counter }) => {
      if (error !== undefined) throw error;
      return { total: counter.add(by) };
    },
  });
const add = fails(undefined);

/** A host that writes down what happens, in order. `keep` may be made to fail. */
const testHost = (keep: () => Promise<void> = async () => {}) => {
  const opened: string[] = [];
  const kept: DeadLetter[] = [];
  const lines: { level: string; fields: Record<string, unknown>; message: string }[] = [];
  const write =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push({ level, fields: { ...fields }, message });
  const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const ports: Ports = { counter: { add: (by) => 40 + by }, untouched: {} };
  const host: Host<Ports> = {
    clock: { now: () => 0 },
    ids: { next: () => 'id' },
    log,
    open: async (port) => {
      opened.push(port);
      return ports[port];
    },
    keep: async (letter) => {
      await keep();
      kept.push(letter);
    },
  };
  return { host, opened, kept, lines };
};

const outcomeOf = async (error: unknown, delivery = {}, { host } = testHost()) =>
  invoke(fails(error), { input: { by: 1 }, ...delivery }, host);

const codes = Object.keys(errorTable) as ErrorCode[];

describe('invoke', () => {
  it('is done with the validated output, having opened what the function needs and nothing else', async () => {
    const test = testHost();
    expect(await invoke(add, { input: { by: 2 } }, test.host)).toEqual({ kind: 'done', output: { total: 42 } });
    expect(test.opened).toEqual(['counter']);
    expect(test.lines).toEqual([]);
  });

  it('refuses an invalid input before it opens anything', async () => {
    const test = testHost();
    const outcome = await invoke(add, { input: { by: 'two', extra: 1 } }, test.host);
    expect(outcome).toMatchObject({ kind: 'refused', problem: { code: 'invalid-input', status: 400 } });
    expect(test.opened).toEqual([]);
  });

  it('never hands out an output of the wrong shape', async () => {
    const wrong = { ...testHost().host, open: async () => ({ add: () => 'many' }) };
    const outcome = await invoke(add, { input: { by: 1 } }, wrong as unknown as Host<Ports>);
    expect(outcome).toMatchObject({ kind: 'failed', problem: { code: 'internal' } });
  });

  it.each(codes)('lets the error table decide about %s', async (code) => {
    const { status, retry, title } = errorTable[code];
    const outcome = await outcomeOf(new DriftlessError(code, 'The reason.'));
    expect(outcome).toEqual({
      kind: retry ? 'failed' : 'refused',
      problem: { type: `https://driftless.dev/problems/${code}`, title, status, detail: 'The reason.', code },
    });
  });

  it('keeps the dead letter of an event before it refuses it', async () => {
    const steps: string[] = [];
    const test = testHost(async () => {
      await Promise.resolve();
      steps.push('kept');
    });
    const outcome = await outcomeOf(new DriftlessError('unreadable', 'No CSV.'), { event, attempt: 3 }, test);
    steps.push(outcome.kind);
    expect(steps).toEqual(['kept', 'refused']);
    expect(test.kept).toEqual([
      {
        function: 'add',
        event,
        attempts: 3,
        problem: expect.objectContaining({ code: 'unreadable', detail: 'No CSV.' }),
      },
    ]);
  });

  it('keeps no letter of an HTTP request, whose caller is told', async () => {
    const test = testHost();
    await outcomeOf(new DriftlessError('refused', 'Not now.'), {}, test);
    expect(test.kept).toEqual([]);
  });

  it('has failed, so that the event comes again, when its dead letter cannot be kept', async () => {
    const test = testHost(async () => {
      throw new DriftlessError('unavailable', 'The store is away.');
    });
    const outcome = await outcomeOf(new DriftlessError('unreadable', 'No CSV.'), { event }, test);
    expect(outcome).toMatchObject({ kind: 'failed', problem: { code: 'unreadable' } });
    expect(test.lines.at(-1)?.level).toBe('error');
  });

  it('lets a passing failure come again until the last attempt, and then keeps it', async () => {
    const kinds: string[] = [];
    const test = testHost();
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1)
      kinds.push((await outcomeOf(new DriftlessError('throttled', 'Later.'), { event, attempt }, test)).kind);
    expect(kinds).toEqual([...Array.from({ length: maxAttempts - 1 }, () => 'failed'), 'refused']);
    expect(test.kept).toMatchObject([{ attempts: maxAttempts, problem: { code: 'throttled' } }]);
  });

  it.each([
    ['an error of a library', new Error('connect postgres://admin:hunter22@db failed')],
    ['a string', 'hunter22'],
    ['nothing', null],
    ['an error that resembles ours', Object.assign(new Error('hunter22'), { code: 'not-found', status: 404 })],
  ])('tells clients nothing of %s, and the log enough', async (_what, error) => {
    const test = testHost();
    const outcome = await outcomeOf(error, { event, attempt: maxAttempts }, test);
    expect(outcome).toMatchObject({ kind: 'refused', problem: { code: 'internal', status: 500 } });
    expect(JSON.stringify([outcome, test.kept])).not.toContain('hunter22');
    expect(JSON.stringify([outcome, test.kept])).not.toContain('stack');
    expect(test.lines).toMatchObject([{ level: 'error', fields: { function: 'add', code: 'internal', event: 'e1' } }]);
    expect(test.lines[0]?.fields['cause']).toBe(error instanceof Error ? error.message : String(error));
  });

  it('shows the cause of an error of ours to the log only', async () => {
    const test = testHost();
    const error = new DriftlessError('unavailable', 'The store did not answer.', { cause: new Error('ECONNRESET') });
    const outcome = await outcomeOf(error, {}, test);
    expect(JSON.stringify(outcome)).not.toContain('ECONNRESET');
    expect(test.lines[0]?.fields).toMatchObject({ cause: 'ECONNRESET' });
  });

  it('does nothing more once its process is dead', async () => {
    const test = testHost();
    await expect(outcomeOf(new ProcessDeath(), { event }, test)).rejects.toBeInstanceOf(ProcessDeath);
    const dying = testHost(() => Promise.reject(new ProcessDeath()));
    const refused = new DriftlessError('unreadable', 'No CSV.');
    await expect(outcomeOf(refused, { event }, dying)).rejects.toBeInstanceOf(ProcessDeath);
    expect(test.kept).toEqual([]);
  });
});
