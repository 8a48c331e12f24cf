import { parseArgs } from 'node:util';
import type { Fault } from './faults.ts';
import { callFaults, otherFaults } from './faults.ts';
import { type SeedResult, simulate } from './run.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    first: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
const seeds = Number(values.seeds);
const first = Number(values.first);
if (!Number.isSafeInteger(seeds) || seeds < 1 || !Number.isSafeInteger(first)) {
  console.error('--seeds must be a whole number from 1, --first a whole number.');
  process.exit(2);
}

const say = (line: string): void => console.error(line);
const results: SeedResult[] = [];
for (let seed = first; seed < first + seeds; seed += 1) {
  const result = await simulate(seed, values.verbose ? { onLine: say } : {});
  results.push(result);
  if (values.trace) say(`seed ${seed}: trace ${result.trace}, ${result.steps} steps`);
  for (const { invariant, detail } of result.violations) say(`seed ${seed}: ${invariant}: ${detail}`);
  if (results.length % 100 === 0) say(`${results.length} of ${seeds} seeds`);
}

const violations = results.flatMap((result) => result.violations.map((violation) => ({ seed: result.seed, ...violation })));
const fired = (fault: Fault): number => results.reduce((sum, { faults }) => sum + (faults.get(fault) ?? 0), 0);

if (values.json) console.log(JSON.stringify({ seeds, violations }));
else {
  const steps = results.reduce((sum, result) => sum + result.steps, 0);
  console.log(`${seeds} seeds from ${first}, ${steps} steps, ${violations.length} violations`);
  for (const fault of [...callFaults, ...otherFaults]) console.log(`${String(fired(fault)).padStart(9)} ${fault}`);
}
process.exitCode = violations.length > 0 ? 1 : 0;
