import * as z from 'zod';
import { Digest, Name, Time } from './names.ts';

/** Where a version comes from: the job that made it, the data and code that the job saw, and the version before it. */
export const Lineage = z.strictObject({
  job: z.string().optional(),
  retraining: z.string().optional(),
  data: z.array(z.strictObject({ key: z.string(), version: z.string().optional() })).default([]),
  code: z.string().optional(),
  parent: z.int().positive().optional(),
});
export type Lineage = z.infer<typeof Lineage>;

const File = z.strictObject({ path: z.string(), size: z.int().nonnegative(), digest: Digest });

/**
 * One immutable artifact of a model. `digest` is the SHA-256 of a single file, or of the canonical list of a folder's
 * files; `location` a key of the store (ending in `/` for a folder) or a URL.
 */
export const Version = z.strictObject({
  model: Name,
  version: z.int().positive(),
  digest: Digest,
  size: z.int().nonnegative(),
  mediaType: z.string(),
  location: z.string(),
  files: z.array(File).min(1),
  metrics: z.record(z.string(), z.number()).default({}),
  lineage: Lineage,
  createdAt: Time,
});
export type Version = z.infer<typeof Version>;

/** A claim on a digest: the version number that its writer intends, or holds once that version exists. */
export const DigestClaim = z.strictObject({ version: z.int().positive() });

const Move = z.strictObject({
  version: z.int().positive(),
  reason: z.string(),
  /** What asked for the move: an idempotency key, a retraining's id. */
  cause: z.string(),
  movedAt: Time,
  /** A rollback says which version is bad, so the next one goes further back, not forth again. */
  byRollback: z.boolean(),
});

/** A pointer with its past, newest first. `refused`: versions that the gate refused, which it can never point at. */
export const Alias = z.strictObject({
  model: Name,
  alias: Name,
  ...Move.shape,
  history: z.array(Move),
  refused: z.array(z.int().positive()),
});
export type Alias = z.infer<typeof Alias>;
