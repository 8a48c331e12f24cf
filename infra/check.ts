import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, violationsOf } from './architecture.ts';
import { readTree } from './architecture/source.ts';

/** `npm run check`: everything that can be said about the repository without running its tests. */
const root = join(import.meta.dirname, '..');
const execute = promisify(execFile);

/** What is wrong, in the tool's own words; empty when nothing is. */
type Check = { name: string; run: () => Promise<string> };

const tool = (name: string, command: string, ...parameters: string[]): Check => ({
  name,
  run: async () => {
    try {
      await execute(command, parameters, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
      return '';
    } catch (error) {
      const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string };
      return `${stdout}${stderr}`.trim() || message;
    }
  },
});

const installed = (program: string): string => join(root, 'node_modules/.bin', program);

const checks: Check[] = [
  tool('format', installed('biome'), 'format', '.'),
  tool('lint', installed('oxlint'), '--type-aware', '--deny-warnings'),
  tool('types', installed('tsc'), '--noEmit'),
  tool('generated', process.execPath, join(root, 'infra/generate/main.ts'), '--check'),
  {
    name: 'architecture',
    run: async () =>
      violationsOf(await readTree(root))
        .map(describe)
        .join('\n'),
  },
];

const timed = async ({ name, run }: Check): Promise<{ name: string; faults: string }> => {
  const begin = performance.now();
  const faults = await run();
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(`${faults === '' ? 'ok  ' : 'FAIL'} ${name.padEnd(12)} ${seconds} s`);
  return { name, faults };
};

const results = await Promise.all(checks.map(timed));
const failed = results.filter(({ faults }) => faults !== '');
for (const { name, faults } of failed) console.error(`\n${name}:\n${faults}`);
console.log(
  failed.length === 0 ? `All ${checks.length} checks passed.` : `${failed.length} of ${checks.length} checks failed.`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
