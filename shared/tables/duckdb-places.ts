import { namedLimit } from '../domain/performance.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { type DuckDbSession, quoteName } from './duckdb-session.ts';
import type { PerformanceRequest } from './port.ts';

/** A group column: `cell` turns its text into a place in `values`, the place after the last, or −1 when missing. */
export type GroupColumn = { column: string; values: string[]; name: string; cell(text: string): string };

/** Makes the request's groups known to the session. Throws `invalid-input` for too many. */
export const declareGroups = async (
  session: DuckDbSession,
  groups: PerformanceRequest['groups'],
): Promise<GroupColumn[]> => {
  const declared: GroupColumn[] = [];
  for (const [index, [column, named]] of Object.entries(groups).entries()) {
    const values = [...new Set(named)];
    const name = `group${index}`;
    const place = await placeOf(session, name, column, values);
    declared.push({
      column,
      values,
      name,
      cell: (text) => `CASE WHEN ${text} IS NULL THEN -1 ELSE ${place(text)} END`,
    });
  }
  return declared;
};

/** SQL for a text's place among the values, which are bound and never written into SQL; elsewhere their number. */
export const placeOf = async (
  session: DuckDbSession,
  type: string,
  what: string,
  values: string[],
): Promise<(text: string) => string> => {
  if (values.length > namedLimit) {
    throw new DriftlessError(
      'invalid-input',
      `At most ${namedLimit} values of ${JSON.stringify(what)} can be named, not ${values.length}; the rest count as other.`,
    );
  }
  if (values.length === 0) return () => '0';
  await session.query(`CREATE TYPE ${quoteName(type)} AS ENUM (SELECT unnest($1))`, [values]);
  return (text) => `coalesce(CAST(enum_code(TRY_CAST(${text} AS ${quoteName(type)})) AS INTEGER), ${values.length})`;
};
