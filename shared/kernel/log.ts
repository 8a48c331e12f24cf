import { type DestinationStream, pino } from 'pino';

/** Structured log: fields first, then one plain sentence. Never a secret, a body or a row. */
export type Log = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>;

const secrets = [
  'token',
  'authorization',
  'secret',
  'password',
  '*.token',
  '*.authorization',
  '*.secret',
  '*.password',
];

/** One JSON line a message, on stderr unless told otherwise: stdout belongs to `--json`. */
export const openLog = (level: string, destination: DestinationStream = pino.destination(2)): Log =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secrets, censor: '[redacted]' },
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );

const ignore = () => {};
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
