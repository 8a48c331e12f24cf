/** The only source of time. Milliseconds since 1970-01-01 UTC. */
export type Clock = { now(): number };

export const systemClock: Clock = { now: () => Date.now() };

/** UTC ISO 8601 with milliseconds, as every record and event writes time. */
export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();
