import * as z from 'zod';
import { WindowLoss } from './gate.ts';

/** How one prediction job fared on the labelled windows; `fault` when its output could not be scored. */
export const Evaluation = z.strictObject({
  job: z.string(),
  losses: z.array(WindowLoss),
  fault: z.string().nullable(),
});
export type Evaluation = z.infer<typeof Evaluation>;
