import { createHash, randomBytes } from 'node:crypto';

/** The only source of randomness: `next` is unique for ever (130 bits). */
export type Ids = { next(): string };

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** Lower-case base32 (RFC 4648 alphabet), five bits a character, without padding. */
const base32 = (bytes: Uint8Array): string => {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(value >>> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return text;
};

export const systemIds: Ids = { next: () => base32(randomBytes(17)).slice(0, 26) };

/**
 * A name derived from its parts alone: `prefix` + 30 characters of base32(SHA-256). With a one-letter prefix it fits
 * every platform's name limit (31 characters; the tightest is SageMaker tuning, 32).
 */
export const stableId = (prefix: string, ...parts: string[]): string =>
  prefix + base32(createHash('sha256').update(JSON.stringify(parts)).digest()).slice(0, 30);

/** Hex SHA-256 of a value's canonical JSON: equal for equal values whatever their key order. */
export const digestOf = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');

/** JSON with sorted keys and no white space: equal values give equal bytes. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
