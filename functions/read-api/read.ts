import type * as z from 'zod';
import type { Scope } from '../../shared/kernel/define-function.ts';
import { pageOfKeys } from '../../shared/object-store/newest-first.ts';
import type { ObjectStore } from '../../shared/object-store/port.ts';
import { readRecord } from '../../shared/object-store/records.ts';

/** What every row of the read API has in common: one deployed function, small and quick. */
export const read = (name: string, summary: string, path: string, scope: Scope) => ({
  name,
  summary,
  unit: 'read-api',
  trigger: { kind: 'http' as const, method: 'GET' as const, path, scope },
  timeoutSeconds: 29,
  memoryMb: 256,
});

type PageQuery = { cursor?: string | undefined; limit?: number | undefined };

/** A page of the records under a prefix, in key order. `keyOf` turns an index entry's key into its record's. */
export const pageOfRecords = async <Schema extends z.ZodType>(
  store: ObjectStore,
  prefix: string,
  schema: Schema,
  query: PageQuery,
  keyOf: (key: string) => string = (key) => key,
): Promise<{ items: z.infer<Schema>[]; next: string | null }> => {
  const { keys, next } = await pageOfKeys(store, prefix, query);
  const records = await Promise.all(keys.map((key) => readRecord(store, keyOf(key), schema)));
  return { items: records.flatMap((record) => (record ? [record.value] : [])), next };
};
