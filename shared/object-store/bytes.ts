import { DriftlessError } from '../kernel/errors.ts';
import type { Body, ReadOptions } from './port.ts';

/** The part of an object of `size` bytes that a range names: clipped at the end, empty beyond it. Throws `invalid-input`. */
export const clipRange = (size: number, range: ReadOptions['range']): { start: number; end: number } => {
  if (!range) return { start: 0, end: size };
  const { start, end } = range;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start)
    throw new DriftlessError('invalid-input', `The byte range ${start} to ${end} must be two whole numbers in order.`);
  return { start: Math.min(start, size), end: Math.min(end, size) };
};

const orAborted = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
};

/** Passes a source on, and throws the signal's reason at once when it aborts, even while the source never answers. */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal?: AbortSignal): AsyncGenerator<T> {
  signal?.throwIfAborted();
  if (!signal) {
    yield* source;
    return;
  }
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      signal.throwIfAborted();
      const step = await orAborted(iterator.next(), signal);
      if (step.done) return;
      yield step.value;
    }
  } finally {
    // Not awaited: a source that hangs in next() would hang here as well.
    iterator.return?.().catch(() => undefined);
  }
}

/** All of a source as one array that belongs to the caller. */
export const collect = async (source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of untilAborted(source, signal)) chunks.push(new Uint8Array(chunk));
  return new Uint8Array(Buffer.concat(chunks));
};

export const isStream = (body: Body): body is AsyncIterable<Uint8Array> =>
  typeof body !== 'string' && !(body instanceof Uint8Array);

/** A copy, so that the caller may change its own at once. */
export const wholeBody = (body: string | Uint8Array): Uint8Array =>
  typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body);
