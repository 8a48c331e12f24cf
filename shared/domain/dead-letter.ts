import * as z from 'zod';
import { Time } from './names.ts';
import { Problem } from './problem.ts';

const Event = z.looseObject({
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string(),
  data: z.unknown(),
});

/** An event that could not be processed, why, and by what; `driftless replay ID` delivers it again. */
export const DeadLetterRecord = z.strictObject({
  id: z.string(),
  function: z.string(),
  problem: Problem,
  event: Event,
  attempts: z.int().positive(),
  keptAt: Time,
});
export type DeadLetterRecord = z.infer<typeof DeadLetterRecord>;
