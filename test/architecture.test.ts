import { join } from 'node:path';
import { describe as group, expect, it } from 'vitest';
import { describe, violationsOf } from '../infra/architecture.ts';
import { readTree } from '../infra/architecture/source.ts';

const root = join(import.meta.dirname, '..');
const lines = (count: number): string => 'export const x = 1;\n'.repeat(count);

/** One small tree for each way to break the house; `rule` and `what` are what must be said of it. */
const broken: { name: string; tree: Record<string, string>; rule: string; what: string }[] = [
  {
    name: 'the kernel knows the domain',
    tree: { 'shared/kernel/a.ts': "import { Name } from '../domain/names.ts';" },
    rule: 'layers',
    what: 'shared/domain/names.ts',
  },
  {
    name: 'the domain reads the store',
    tree: { 'shared/domain/a.ts': "import type { ObjectStore } from '../object-store/port.ts';" },
    rule: 'layers',
    what: 'shared/object-store/port.ts',
  },
  {
    name: 'a portable layer imports a driver',
    tree: { 'shared/registry/a.ts': "import {\n  memoryObjectStore,\n} from '../object-store/memory.ts';" },
    rule: 'layers',
    what: 'shared/object-store/memory.ts',
  },
  {
    name: 'a portable layer opens a driver at run time',
    tree: { 'shared/monitoring/a.ts': "export const a = () => import('../tables/duckdb.ts');" },
    rule: 'layers',
    what: 'shared/tables/duckdb.ts',
  },
  {
    name: 'a driver imports the driver of another port',
    tree: { 'shared/training/vertex.ts': "import { filesystemObjectStore } from '../object-store/filesystem.ts';" },
    rule: 'layers',
    what: 'shared/object-store/filesystem.ts',
  },
  {
    name: 'open imports a driver at once',
    tree: { 'shared/object-store/open.ts': "import { s3ObjectStore } from './s3.ts';" },
    rule: 'layers',
    what: 'shared/object-store/s3.ts',
  },
  {
    name: 'open loads an SDK at once',
    tree: { 'shared/training/open.ts': "import { SageMakerClient } from '@aws-sdk/client-sagemaker';" },
    rule: 'layers',
    what: '@aws-sdk/client-sagemaker',
  },
  {
    name: 'a function knows a vendor',
    tree: { 'functions/tick/function.ts': "import { S3Client } from '@aws-sdk/client-s3';" },
    rule: 'layers',
    what: '@aws-sdk/client-s3',
  },
  {
    name: 'a function calls another function',
    tree: { 'functions/tick/function.ts': "import trackJob from '../track-job/function.ts';" },
    rule: 'layers',
    what: 'functions/track-job/function.ts',
  },
  {
    name: 'a function knows its host',
    tree: { 'functions/tick/function.ts': "import { httpApp } from '../../shared/hosts/http.ts';" },
    rule: 'layers',
    what: 'shared/hosts/http.ts',
  },
  {
    name: 'a function picks its driver',
    tree: { 'functions/tick/function.ts': "import { x } from '../../shared/object-store/memory.ts';" },
    rule: 'layers',
    what: 'shared/object-store/memory.ts',
  },
  {
    name: 'a host imports the table',
    tree: { 'shared/hosts/lambda.ts': "import { table } from '../../functions/table.ts';" },
    rule: 'layers',
    what: 'functions/table.ts',
  },
  {
    name: 'production imports a test',
    tree: { 'shared/kernel/a.ts': "export { fake } from '../../test/fakes/sagemaker.ts';\nexport const a = 1;" },
    rule: 'layers',
    what: 'test/fakes/sagemaker.ts',
  },
  {
    name: 'a file lies outside the house',
    tree: { 'shared/helpers.ts': 'export const a = 1;' },
    rule: 'layers',
    what: 'shared/helpers.ts',
  },
  {
    name: 'two files import each other',
    tree: {
      'shared/domain/a.ts': "import { b } from './b.ts';\nexport const a = b;",
      'shared/domain/b.ts': "import type { a } from './a.ts';\nexport const b = 1;",
    },
    rule: 'cycles',
    what: 'shared/domain/a.ts → shared/domain/b.ts → shared/domain/a.ts',
  },
  {
    name: 'a file only passes on',
    tree: {
      'shared/domain/index.ts': "// all names\nexport * from './names.ts';\nexport type { Job } from './job.ts';",
    },
    rule: 'barrels',
    what: 'shared/domain/index.ts',
  },
  {
    name: 'a file imports to pass on',
    tree: { 'shared/domain/all.ts': "import { Name } from './names.ts';\n\nexport { Name };" },
    rule: 'barrels',
    what: 'shared/domain/all.ts',
  },
  {
    name: 'a default export outside function.ts',
    tree: { 'functions/read-api/jobs.ts': 'export default 1;' },
    rule: 'default exports',
    what: 'export default',
  },
  {
    name: 'the domain looks at the clock',
    tree: { 'shared/domain/a.ts': 'export const age = (t: number) => Date.now() - t;' },
    rule: 'clock and randomness',
    what: 'Date.now',
  },
  {
    name: 'a driver makes a date of now',
    tree: { 'shared/tables/a.ts': 'export const now = () => new Date();' },
    rule: 'clock and randomness',
    what: 'new Date()',
  },
  {
    name: 'a function throws dice',
    tree: { 'functions/tick/a.ts': 'export const luck = () => Math.random();' },
    rule: 'clock and randomness',
    what: 'Math.random',
  },
  {
    name: 'a driver makes ids of its own',
    tree: { 'shared/training/a.ts': "import { randomUUID } from 'node:crypto';" },
    rule: 'clock and randomness',
    what: 'randomUUID',
  },
  {
    name: 'a driver reads the environment',
    tree: { 'shared/training/a.ts': 'export const region = process.env.AWS_REGION;' },
    rule: 'environment',
    what: 'process.env',
  },
  {
    name: 'an enum',
    tree: { 'shared/domain/a.ts': 'export enum State { on, off }' },
    rule: 'enums',
    what: 'enum State {',
  },
  {
    name: 'a class that is no error',
    tree: { 'shared/object-store/a.ts': 'export class Store extends Base {}' },
    rule: 'classes',
    what: 'class Store',
  },
  { name: 'a long file', tree: { 'test/a.ts': lines(351) }, rule: 'sizes', what: '351 lines' },
  {
    name: 'many middling files',
    tree: { 'shared/domain/a.ts': lines(130), 'shared/domain/b.ts': lines(140), 'shared/domain/c.ts': lines(3) },
    rule: 'sizes',
    what: '130 lines',
  },
];

group('architecture', () => {
  it('is kept by this repository', async () => {
    const tree = await readTree(root);
    expect(tree.has('functions/table.ts')).toBe(true);
    expect(violationsOf(tree).map(describe)).toEqual([]);
  });

  it.each(broken)('notices: $name', ({ tree, rule, what }) => {
    const found = violationsOf(new Map(Object.entries(tree)), []);
    expect(found.map((violation) => [violation.rule, violation.what])).toEqual([[rule, what]]);
  });

  it('does not mistake comments, strings and allowed places for breaches', () => {
    const tree = new Map(
      Object.entries({
        'shared/kernel/clock.ts': 'export const systemClock = { now: () => Date.now() };',
        'shared/domain/a.ts':
          "// never Date.now()\n/** import { x } from '../hosts/a.ts' */\nexport const a = 'new Date()';",
        'shared/domain/b.ts':
          'export class Missing extends RangeError {}\nexport const at = (t: number) => new Date(t);',
        'shared/domain/calibration/c.ts': "import { a } from '../a.ts';\nexport const c = a;",
        'shared/training/vertex/plan.ts': "import { shared } from '../resources.ts';\nexport const plan = shared;",
        'shared/training/open.ts': "export const open = () => import('./local.ts');",
        'functions/tick/function.ts': "import { read } from './read.ts';\nexport default read;",
        'functions/entry/cli.ts': "import { table } from '../table.ts';\nexport const env = [table, process.env];",
        'test/a.test.ts': 'export const seed = Math.random();',
      }),
    );
    expect(violationsOf(tree, []).map(describe)).toEqual([]);
  });

  it('ends an exception together with its need', () => {
    const row = { rule: 'environment', file: 'shared/training/a.ts', what: 'process.env', reason: 'for the test' };
    const needed = new Map([[row.file, 'export const path = process.env.PATH;']]);
    expect(violationsOf(needed, [row])).toEqual([]);
    const tidied = new Map([[row.file, 'export const path = 1;']]);
    expect(violationsOf(tidied, [row]).map(({ rule }) => rule)).toEqual(['exceptions']);
  });
});
