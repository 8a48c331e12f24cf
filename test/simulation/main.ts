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

const violations = results.flatMap((result) =>
  result.violations.map((violation) => ({ seed: result.seed, ...violation })),
);
const total = <Key>(countsOf: (result: SeedResult) => Map<Key, number>): Map<Key, number> => {
  const sums = new Map<Key, number>();
  for (const result of results)
    for (const [key, times] of countsOf(result)) sums.set(key, (sums.get(key) ?? 0) + times);
  return sums;
};

if (values.json) console.log(JSON.stringify({ seeds, violations }));
else {
  const steps = results.reduce((sum, result) => sum + result.steps, 0);
  console.log(`${seeds} seeds from ${first}, ${steps} steps, ${violations.length} violations`);
  for (const [what, times] of [...total(({ reached }) => reached)].toSorted())
    console.log(`${String(times).padStart(9)} ${what}`);
  const fired = total<Fault>(({ faults }) => faults);
  for (const fault of [...callFaults, ...otherFaults])
    console.log(`${String(fired.get(fault) ?? 0).padStart(9)} ${fault}`);
}
process.exitCode = violations.length > 0 ? 1 : 0;
