import { DriftlessError } from '../kernel/errors.ts';

export const maxKeyBytes = 1024;

/** Refuses what no store could keep exactly. Throws `invalid-input`. */
export const checkKey = (key: string): void => {
  const fault = keyFault(key);
  if (fault) throw new DriftlessError('invalid-input', `The key ${JSON.stringify(key.slice(0, 200))} ${fault}.`);
};

const keyFault = (key: string): string | null => {
  if (key === '') return 'is empty';
  if (!key.isWellFormed()) return 'is not valid Unicode';
  if (Buffer.byteLength(key) > maxKeyBytes) return `is longer than ${maxKeyBytes} bytes`;
  if (key.includes('\0')) return 'holds a NUL character';
  if (key.split('/').includes('')) return 'has an empty segment';
  return null;
};

/** Byte order of UTF-8, which is how clouds list. JavaScript's own order differs beyond U+FFFF. */
export const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
