import * as z from 'zod';
import { type ErrorCode, errorTable } from '../kernel/errors.ts';

const codes = Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]];

/** RFC 9457 problem document. https://www.rfc-editor.org/rfc/rfc9457 */
export const Problem = z.object({
  type: z.url(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(codes),
  faults: z
    .array(z.strictObject({ path: z.string(), message: z.string(), suggestion: z.string().optional() }))
    .optional(),
});
