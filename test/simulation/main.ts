import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { callFaults, type Fault, otherFaults } from './faults.ts';
import type { SeedResult } from './run.ts';
import type { Share } from './worker.ts';

/**
 * npm run simulate -- [--seeds N] [--first K] [--json] [--trace] [--verbose]
 * Exit 0: nothing found, 1: violations, 2: wrong arguments. `--first K --seeds 1` replays seed K to the last step.
 */
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

const workers = Math.min(availableParallelism(), seeds, 8);
const runShare = (index: number): Promise<SeedResult[]> =>
  new Promise((resolve, reject) => {
    const share: Share = { first: first + index, end: first + seeds, step: workers, verbose: values.verbose };
    const found: SeedResult[] = [];
    const worker = fork(new URL('./worker.ts', import.meta.url), [JSON.stringify(share)], {
      serialization: 'advanced',
    });
    worker.on('message', (message) => {
      const result = message as SeedResult;
      found.push(result);
      tell(result);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve(found) : reject(new Error(`A worker ended with code ${code}.`))));
  });

let done = 0;
const tell = ({ seed, trace, steps, violations }: SeedResult): void => {
  done += 1;
  if (values.trace) say(`seed ${seed}: trace ${trace}, ${steps} steps`);
  for (const { invariant, detail } of violations) say(`seed ${seed}: ${invariant}: ${detail}`);
  if (done % 100 === 0) say(`${done} of ${seeds} seeds`);
};

const total = <Key>(results: SeedResult[], countsOf: (result: SeedResult) => Map<Key, number>): Map<Key, number> => {
  const sums = new Map<Key, number>();
  for (const result of results)
    for (const [key, times] of countsOf(result)) sums.set(key, (sums.get(key) ?? 0) + times);
  return sums;
};

const columns = (rows: [string, number][]): string =>
  rows.map(([what, times]) => `${String(times).padStart(9)}  ${what}`).join('\n');

const summarize = (results: SeedResult[], violations: number): void => {
  const steps = results.reduce((sum, result) => sum + result.steps, 0);
  const fired = total<Fault>(results, ({ faults }) => faults);
  console.log(`${seeds} seeds from ${first}, ${steps} steps, ${violations} violations\n\nFaults:`);
  console.log(columns([...callFaults, ...otherFaults].map((fault) => [fault, fired.get(fault) ?? 0])));
  console.log('\nReached:');
  console.log(columns([...total(results, ({ reached }) => reached)].toSorted(([a], [b]) => (a < b ? -1 : 1))));
};

const shares = await Promise.all(Array.from({ length: workers }, (_, index) => runShare(index)));
const results = shares.flat().toSorted((a, b) => a.seed - b.seed);
const violations = results.flatMap(({ seed, violations: found }) => found.map((one) => ({ seed, ...one })));
if (values.json) console.log(JSON.stringify({ seeds, violations }));
else summarize(results, violations.length);
process.exitCode = violations.length > 0 ? 1 : 0;
