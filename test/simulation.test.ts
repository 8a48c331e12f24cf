import { describe, expect, test } from 'vitest';
import { acknowledgesFirst } from './broken/functions/acknowledges-first.ts';
import { dropsDeadLetters } from './broken/functions/drops-dead-letters.ts';
import { forgetsDigestClaims } from './broken/functions/forgets-digest-claims.ts';
import { forgetsGuards } from './broken/functions/forgets-guards.ts';
import { publishesBeforeWriting } from './broken/functions/publishes-before-writing.ts';
import { randomVendorNames } from './broken/functions/random-vendor-names.ts';
import { regressesJobs } from './broken/functions/regresses-jobs.ts';
import { overwrittenAlias, overwrittenVersions, readThenWrittenLock } from './broken/functions/unconditional-writes.ts';
import { killedAt } from './simulation/every-kill.ts';
import { callFaults, otherFaults } from './simulation/faults.ts';
import { hunt } from './simulation/hunt.ts';
import { type SeedResult, simulate } from './simulation/run.ts';
import { keptSeeds } from './simulation/seeds.ts';

const firstSeeds = Array.from({ length: 60 }, (_, index) => index + 1);

test('sixty worlds keep every invariant, and meet every fault on the way', async () => {
  const results: SeedResult[] = [];
  for (const seed of firstSeeds) results.push(await simulate(seed));
  expect(results.flatMap(({ seed, violations }) => violations.map((one) => ({ seed, ...one })))).toEqual([]);
  const fired = new Set(results.flatMap(({ faults }) => [...faults.keys()]));
  expect([...callFaults, ...otherFaults].filter((fault) => !fired.has(fault))).toEqual([]);
  const reached = new Set(results.flatMap((result) => [...result.reached.keys()]));
  const wanted = ['promoted', 'refused', 'pending-approval', 'suppressed'].map((decision) => `retraining: ${decision}`);
  expect([...reached]).toEqual(expect.arrayContaining([...wanted, 'check: drift', 'model.rolled-back.v1']));
});

test.each(keptSeeds)('seed $seed once found: $found', async ({ seed }) => {
  expect((await simulate(seed)).violations).toEqual([]);
});

test('the same seed is the same run, step by step', async () => {
  const traces: string[][] = [[], []];
  for (const trace of traces)
    await simulate(7, { onLine: (line) => trace.push(line) }).then((result) => trace.push(result.trace));
  expect(traces[0]?.length).toBeGreaterThan(1000);
  expect(traces[0]).toEqual(traces[1]);
  expect((await simulate(8)).trace).not.toBe(traces[0]?.at(-1));
});

test('the loop ends as it should wherever one process is killed', async () => {
  let call = 1;
  for (; ; call += 2) {
    const result = await killedAt(call, call % 4 === 1 ? 'killed-before' : 'killed-after');
    if (result === null) break;
    expect({ call, violations: result.violations }).toEqual({ call, violations: [] });
    expect({ call, promoted: result.reached.get('retraining: promoted') }).toEqual({ call, promoted: 1 });
  }
  expect(call).toBeGreaterThan(500);
});

describe('the simulation finds', () => {
  test.each([
    { broken: acknowledgesFirst, invariant: '7 nothing is dropped', within: 10 },
    { broken: dropsDeadLetters, invariant: '7 nothing is dropped', within: 10 },
    { broken: publishesBeforeWriting, invariant: '7 said before written', within: 10 },
    { broken: forgetsDigestClaims, invariant: '1 one digest, one version', within: 10 },
    { broken: overwrittenVersions, invariant: '1 written once', within: 10 },
    { broken: randomVendorNames, invariant: '2 one key, one job', within: 10 },
    { broken: regressesJobs, invariant: '2 one job', within: 40 },
    { broken: forgetsGuards, invariant: '2 one key, one job', within: 20 },
    { broken: readThenWrittenLock, invariant: '3 one run', within: 40 },
    { broken: overwrittenAlias, invariant: '4 alias', within: 40 },
  ])('$broken.name', async ({ broken, invariant, within }) => {
    expect((await hunt(broken, within, invariant))?.invariant).toBe(invariant);
  });
});
