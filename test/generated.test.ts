import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { CloudEvent, HTTP } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { table } from '../functions/table.ts';
import { generatedFiles, packageVersion, staleFiles } from '../infra/generate/files.ts';
import { catalogue, eventName, type EventName } from '../shared/domain/events.ts';

const root = join(import.meta.dirname, '..');
const json = async <Shape>(path: string): Promise<Shape> =>
  JSON.parse(await readFile(join(root, path), 'utf8')) as Shape;

const names = Object.keys(catalogue) as EventName[];
type Example = Record<string, unknown> & { type: string; data: Record<string, unknown> };
const validatorOf = async (name: EventName) => {
  const ajv = new Ajv2020({ allowUnionTypes: true });
  formats.default(ajv);
  return ajv.compile(await json<AnySchemaObject>(`events/${name}.v1.schema.json`));
};
const exampleOf = (name: EventName) => json<Example>(`events/${name}.v1.example.json`);

describe('generated files', () => {
  it('are what the table and the catalogue say now', async () => {
    expect(await staleFiles(root, generatedFiles(await packageVersion(root)))).toEqual([]);
  });

  it('are found stale when missing, different or left over', async () => {
    const files = generatedFiles(await packageVersion(root));
    files.set('events/new.thing.v1.schema.json', '{}\n');
    files.set('infra/generated/openapi.json', '{}\n');
    files.delete('infra/generated/functions.json');
    expect(await staleFiles(root, files)).toEqual([
      'events/new.thing.v1.schema.json',
      'infra/generated/functions.json',
      'infra/generated/openapi.json',
    ]);
  });

  it('end with one newline and are the same every time', () => {
    const [first, second] = [generatedFiles('1.0.0'), generatedFiles('1.0.0')];
    expect([...first]).toEqual([...second]);
    expect([...first.values()].every((text) => text.endsWith('}\n'))).toBe(true);
  });
});

describe.each(names)('the event %s', (name) => {
  it('has an example that its schema accepts, and that is a CloudEvent whose data the catalogue accepts', async () => {
    const [validate, example] = [await validatorOf(name), await exampleOf(name)];
    expect({ valid: validate(example), errors: validate.errors }).toEqual({ valid: true, errors: null });
    expect(eventName(example.type)).toBe(name);
    expect(catalogue[name].parse(example.data)).toEqual(example.data);

    const message = HTTP.structured(new CloudEvent(example, true));
    const [received] = [HTTP.toEvent(message)].flat() as CloudEvent<unknown>[];
    expect(received?.validate()).toBe(true);
    expect(received?.type).toBe(example.type);
  });

  it('has a schema that refuses what is not that event', async () => {
    const [validate, example] = [await validatorOf(name), await exampleOf(name)];
    const { subject: _subject, ...anonymous } = example;
    expect(validate(anonymous)).toBe(false);
    expect(validate({ ...example, type: 'dev.driftless.other.v1' })).toBe(false);
    expect(validate({ ...example, data: { ...example.data, surprise: 1 } })).toBe(false);
    expect(validate({ ...example, data: {} })).toBe(false);
    expect(validate({ ...example, time: 'yesterday' })).toBe(false);
    expect(validate({ ...example, traceid: 'an extension attribute' })).toBe(true);
  });
});

type Parameter = { name: string; in: string; required: boolean };
type Operation = {
  operationId: string;
  parameters: Parameter[];
  security: Record<string, string[]>[];
  requestBody?: { content: { 'application/json': { schema: object } } };
  responses: Record<string, { content: { 'application/json': { schema: object } } }>;
};
type OpenApi = {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
};

const httpRows = table.flatMap((row) => (row.trigger.kind === 'http' ? [{ ...row, trigger: row.trigger }] : []));

describe('infra/generated/openapi.json', async () => {
  const document = await json<OpenApi>('infra/generated/openapi.json');
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));

  it('has every http row, and nothing else', () => {
    const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`),
    );
    const rows = httpRows.map(({ name, trigger }) => `${trigger.method} ${trigger.path} ${name}`);
    expect(listed.toSorted()).toEqual(rows.toSorted());
  });

  it.each(httpRows)('describes $name as it answers', ({ name, trigger }) => {
    const operation = operations.find(({ operationId }) => operationId === name);
    const inPath = (operation?.parameters ?? []).filter((parameter) => parameter.in === 'path');
    expect(inPath.map((parameter) => `{${parameter.name}}`)).toEqual(trigger.path.match(/\{\w+\}/g) ?? []);
    expect(inPath.every(({ required }) => required)).toBe(true);
    expect(Object.keys(operation?.responses ?? {})).toEqual([String(trigger.status ?? 200), 'default']);
    expect(operation?.security).toEqual(trigger.scope === 'open' ? [] : [{ bearer: [trigger.scope] }]);
  });

  it('lets a list be called without parameters, and a job be sent with a key', () => {
    const parametersOf = Object.fromEntries(
      operations.map(({ operationId, parameters }) => [
        operationId,
        parameters.map(({ name, in: place, required }) => ({ name, place, required })),
      ]),
    );
    expect(parametersOf['list-models']).toEqual([
      { name: 'cursor', place: 'query', required: false },
      { name: 'limit', place: 'query', required: false },
    ]);
    expect(parametersOf['submit-job']).toEqual([{ name: 'Idempotency-Key', place: 'header', required: false }]);
  });

  it('has a schema behind every reference, and each of them is valid JSON Schema', () => {
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      expect(document.components.schemas).toHaveProperty(name ?? '');
    const compiler = new Ajv2020({ strict: false });
    formats.default(compiler);
    compiler.addSchema({ $id: 'openapi', components: document.components });
    for (const name of Object.keys(document.components.schemas))
      expect(() => compiler.compile({ $ref: `openapi#/components/schemas/${name}` })).not.toThrow();
  });

  it('asks of a job only what people must write, and promises the whole record', () => {
    const { JobSpecRequest, JobSpec } = document.components.schemas as Record<string, { required: string[] }>;
    expect(JobSpecRequest?.required).toEqual(['kind', 'command']);
    expect(JobSpec?.required).toContain('hyperparameters');
  });
});

describe('the table', () => {
  it('subscribes only to events of the catalogue', () => {
    const types = table.flatMap(({ trigger }) => (trigger.kind === 'event' ? trigger.types : []));
    expect(types.filter((type) => !names.some((name) => name === type))).toEqual([]);
  });

  it('has no two rows of one name', () => {
    const rowNames = table.map(({ name }) => name);
    expect(new Set(rowNames).size).toBe(rowNames.length);
  });

  it('leaves nothing open but the health check', () => {
    expect(httpRows.filter(({ trigger }) => trigger.scope === 'open').map(({ name }) => name)).toEqual(['get-health']);
  });

  it('is deployed as units that can do the most that any of their rows needs', async () => {
    type Unit = {
      unit: string;
      functions: { name: string }[];
      timeoutSeconds: number;
      memoryMb: number;
      needs: string[];
    };
    const { units } = await json<{ units: Unit[] }>('infra/generated/functions.json');
    expect(units.flatMap(({ functions }) => functions.map(({ name }) => name)).toSorted()).toEqual(
      table.map(({ name }) => name).toSorted(),
    );
    for (const row of table) {
      const unit = units.find(({ functions }) => functions.some(({ name }) => name === row.name));
      expect(unit?.unit).toBe(row.unit);
      expect(unit?.timeoutSeconds).toBeGreaterThanOrEqual(row.timeoutSeconds);
      expect(unit?.memoryMb).toBeGreaterThanOrEqual(row.memoryMb);
      expect(unit?.needs).toEqual(expect.arrayContaining([...row.needs]));
    }
  });

  it('has no example or schema of an event that is no more', async () => {
    const files = (await readdir(join(root, 'events'))).filter((file) => file.endsWith('.json'));
    expect(files).toHaveLength(2 * names.length);
  });
});
