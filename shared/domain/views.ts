import * as z from 'zod';
import { Lineage } from './version.ts';
import { Model } from './model.ts';
import { Name } from './names.ts';

/** A model as the API shows it: with the version that its champion alias points at. */
export const ModelView = Model.extend({ champion: z.int().positive().nullable() });

/** `next` is the cursor of the following page, null on the last one. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({ items: z.array(item), next: z.string().nullable() });

/** The query of every list. */
export const pageQuery = {
  cursor: z.string().max(2000).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(100),
};

/** A version's line of descent, the version itself first, up to the first one that has no parent. */
export const LineageView = z.strictObject({
  model: Name,
  version: z.int().positive(),
  lineage: Lineage,
  ancestors: z.array(z.strictObject({ version: z.int().positive(), lineage: Lineage })),
});

export const IdempotencyKey = z.string().min(1).max(256);
