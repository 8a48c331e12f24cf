import * as z from 'zod';
import { DeadLetterRecord } from '../../shared/domain/dead-letter.ts';
import { Check } from '../../shared/domain/drift.ts';
import { JobSpec } from '../../shared/domain/job.ts';
import { Job } from '../../shared/domain/job-record.ts';
import { Manifest } from '../../shared/domain/model.ts';
import { Problem } from '../../shared/domain/problem.ts';
import { Retraining } from '../../shared/domain/retraining.ts';
import { Alias, Lineage, Version } from '../../shared/domain/version.ts';
import { LineageView, ModelView } from '../../shared/domain/views.ts';

/** What has a name of its own in the document. Requests may leave out what has a default; answers are complete. */
const requests = { JobSpecRequest: JobSpec, ManifestRequest: Manifest };
const answers = {
  Alias,
  Check,
  DeadLetter: DeadLetterRecord,
  Job,
  JobSpec,
  Lineage,
  LineageOfVersion: LineageView,
  Manifest,
  Model: ModelView,
  Problem,
  Retraining,
  Version,
};

const registryOf = (schemas: Record<string, z.ZodType>) => {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  return registry;
};

/** Writes zod schemas as JSON Schema 2020-12 (which OpenAPI 3.1 is made of), named ones by reference. */
export const schemaWriter = () => {
  const components: Record<string, object> = {};
  const write = (schema: z.ZodType, io: 'input' | 'output', metadata: z.core.$ZodRegistry<{ id: string }>): object => {
    const written = z.toJSONSchema(schema, { io, metadata });
    const { $schema: _dialect, $defs = {}, ...own } = moveReferences(written);
    for (const [name, { id: _id, ...definition }] of Object.entries($defs)) components[name] = definition;
    return own;
  };
  const [requestNames, answerNames] = [registryOf(requests), registryOf(answers)];
  return {
    input: (schema: z.ZodType) => write(schema, 'input', requestNames),
    output: (schema: z.ZodType) => write(schema, 'output', answerNames),
    problem: () => write(Problem, 'output', answerNames),
    components: () => components,
  };
};

type JsonSchema = z.core.JSONSchema.JSONSchema;

const moveReferences = (schema: JsonSchema): JsonSchema =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
