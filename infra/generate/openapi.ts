import * as z from 'zod';
import type { DefinedFunction, HttpTrigger } from '../../shared/kernel/define-function.ts';
import type { Ports } from '../../shared/ports.ts';
import { schemaWriter } from './openapi-schemas.ts';

type Row = DefinedFunction<Ports>;
type HttpRow = Row & { trigger: HttpTrigger };
type Schemas = ReturnType<typeof schemaWriter>;

/** OpenAPI 3.1 of the table's http rows. https://spec.openapis.org/oas/v3.1.1.html */
export const openApiOf = (table: readonly Row[], version: string): object => {
  const schemas = schemaWriter();
  const paths: Record<string, Record<string, object>> = {};
  for (const row of table.filter(isHttp)) {
    const { path, method } = row.trigger;
    const operations = (paths[path] ??= {});
    if (method.toLowerCase() in operations) throw new Error(`Two rows answer ${method} ${path}.`);
    operations[method.toLowerCase()] = operationOf(row, schemas);
  }
  const problem = { 'application/problem+json': { schema: schemas.problem() } };
  return {
    openapi: '3.1.1',
    info: {
      title: 'Driftless',
      version,
      description: 'Register models, watch what they see, retrain them when it has drifted, promote what is better.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: sorted(paths),
    components: {
      schemas: sorted(schemas.components()),
      responses: { Problem: { description: 'Why it was not done: RFC 9457, with a stable `code`.', content: problem } },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'An API key. Roles are its scopes.' } },
    },
  };
};

const isHttp = (row: Row): row is HttpRow => row.trigger.kind === 'http';

const operationOf = (row: HttpRow, schemas: Schemas): object => {
  const { scope, status = 200 } = row.trigger;
  return {
    operationId: row.name,
    summary: row.summary,
    tags: [row.unit],
    security: scope === 'open' ? [] : [{ bearer: [scope] }],
    parameters: parametersOf(row, schemas),
    ...bodyOf(row, schemas),
    responses: {
      [status]: { description: 'Done.', content: { 'application/json': { schema: schemas.output(row.output) } } },
      default: { $ref: '#/components/responses/Problem' },
    },
  };
};

const shapeOf = ({ name, input }: Row): Record<string, z.ZodType> => {
  if (input instanceof z.ZodObject) return input.shape;
  throw new Error(`The input of ${name} must be an object: its fields are the path, the query and the body.`);
};

const isRequired = (schema: z.ZodType): boolean => !schema.safeParse(undefined).success;

/** A path template's names are path parameters; what else is in the input, but body and key, is the query. */
const parametersOf = (row: HttpRow, schemas: Schemas): object[] => {
  const inPath = new Set(Array.from(row.trigger.path.matchAll(/\{(\w+)\}/g), ([, name]) => name));
  return Object.entries(shapeOf(row)).flatMap(([name, schema]) => {
    if (name === 'body') return [];
    if (name === 'idempotencyKey') return [idempotencyKey(schema, schemas)];
    const place = inPath.has(name) ? { in: 'path', required: true } : { in: 'query', required: isRequired(schema) };
    // The value after conversion: a query's `limit` is text on the wire and a number for everyone.
    return [{ name, ...place, schema: schemas.output(schema) }];
  });
};

const idempotencyKey = (schema: z.ZodType, schemas: Schemas): object => ({
  name: 'Idempotency-Key',
  in: 'header',
  required: isRequired(schema),
  description: 'The same key again is the same request: nothing is done twice.',
  schema: schemas.input(schema),
});

const bodyOf = (row: HttpRow, schemas: Schemas): object => {
  const { body } = shapeOf(row);
  if (!body) return {};
  return {
    requestBody: { required: isRequired(body), content: { 'application/json': { schema: schemas.input(body) } } },
  };
};

const sorted = <Value>(record: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
