import * as z from 'zod';

/** Names that people choose: safe in keys, URLs, file systems and every cloud's labels. */
export const Name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/, 'must be 2 to 63 characters: a-z, 0-9 and -, starting with a letter');

/** UTC ISO 8601 with milliseconds. */
export const Time = z.iso.datetime({ precision: 3 });

/** Hex SHA-256. */
export const Digest = z.string().regex(/^[0-9a-f]{64}$/, 'must be a hex SHA-256');

/** ISO 8601 duration of days, hours, minutes and seconds, at least one second: `P1D`, `PT6H`, `PT90S`. */
export const Duration = z
  .string()
  .regex(/^P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$/, 'must be an ISO 8601 duration such as P1D, PT6H or PT30M')
  .refine((text) => durationMs(text) > 0, 'must be longer than zero');

/** Milliseconds of a `Duration`. */
export const durationMs = (duration: string): number => {
  const [, days, hours, minutes, seconds] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration) ?? [];
  return (
    (((Number(days ?? 0) * 24 + Number(hours ?? 0)) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds ?? 0)) * 1000
  );
};
