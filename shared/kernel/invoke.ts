import type { CloudEvent } from './cloud-event.ts';
import type { DefinedFunction, HostPorts } from './define-function.ts';
import { DriftlessError, errorTable, type Problem, problemOf } from './errors.ts';

/** One arrival at one function. `event` is what is kept when it can never succeed; HTTP callers are told instead. */
export type Delivery = { input: unknown; event?: CloudEvent; attempt?: number };

/** `done`: answer or acknowledge. `refused`: final; kept if it was an event. `failed`: deliver it again. */
export type Outcome =
  | { kind: 'done'; output: unknown }
  | { kind: 'refused'; problem: Problem }
  | { kind: 'failed'; problem: Problem };

/** What could not be processed, with the reason. `replay` delivers `event` to `function` again. */
export type DeadLetter = { function: string; event: CloudEvent; problem: Problem; attempts: number };

export type Host<Ports> = HostPorts<Ports> & { keep(letter: DeadLetter): Promise<void> };

/** A retryable failure is given up, and kept, at this attempt. */
export const maxAttempts = 14;

/**
 * The only execution path. A permanent failure of an event is refused only after its dead letter is safe; if even
 * that fails, the delivery has failed and comes again.
 */
export const invoke = async <Ports>(
  fn: DefinedFunction<Ports>,
  delivery: Delivery,
  host: Host<Ports>,
): Promise<Outcome> => {
  try {
    return { kind: 'done', output: await fn.run(delivery.input, host) };
  } catch (error) {
    if (isProcessDeath(error)) throw error;
    return settleFailure(fn, delivery, host, error);
  }
};

const settleFailure = async <Ports>(
  fn: DefinedFunction<Ports>,
  { event, attempt = 1 }: Delivery,
  host: Host<Ports>,
  error: unknown,
): Promise<Outcome> => {
  const problem = problemOf(error);
  const fields = { function: fn.name, code: problem.code, event: event?.id, attempt, ...causeOf(error) };
  const retry = errorTable[problem.code].retry && attempt < maxAttempts;
  host.log[retry || problem.status < 500 ? 'warn' : 'error'](fields, problem.detail);
  if (retry) return { kind: 'failed', problem };
  if (event) {
    try {
      await host.keep({ function: fn.name, event, problem, attempts: attempt });
    } catch (keeping) {
      if (isProcessDeath(keeping)) throw keeping;
      host.log.error(
        { ...fields, ...causeOf(keeping) },
        'A dead letter could not be kept; the event stays unacknowledged.',
      );
      return { kind: 'failed', problem };
    }
  }
  return { kind: 'refused', problem };
};

/** A stack is for the log only, and only for what nobody foresaw. */
const causeOf = (error: unknown): object => {
  if (error instanceof DriftlessError) return error.cause instanceof Error ? { cause: error.cause.message } : {};
  return error instanceof Error ? { cause: error.message, stack: error.stack } : { cause: String(error) };
};

/** Thrown by the simulator's ports once their process has been "killed": nothing may run after it. */
export class ProcessDeath extends Error {}
const isProcessDeath = (error: unknown): boolean => error instanceof ProcessDeath;
