import { inboxData, inboxLabels, inboxModels } from '../../shared/domain/keys.ts';
import { killAtCall } from './faults.ts';
import { dataRows, dayMs, labelRows, modelBytes } from './rows.ts';
import { type SeedResult, simulate } from './run.ts';
import { type Action, manifestOf, start } from './workload.ts';

const model = 'alpha';
const hourMs = 3600 * 1000;
const days = 5;

/** One model from its first artifact to the promotion of a retrained one, once and with nothing else about. */
const wholeLoop = (): Action[] => [
  request(0, 'apply-model', { model, body: manifestOf(model, { candidates: 1, windows: 2, cooldown: 'PT1H' }) }),
  write(1000, `${inboxModels}${model}/first.json`, modelBytes(0.51, 'first')),
  ...Array.from({ length: days }, (_, day) => {
    const file = { model, day, drifted: day === days - 1, salt: '' };
    return [
      write(day * dayMs + hourMs, `${inboxData}${model}/${day}.jsonl`, dataRows(start, file)),
      write(day * dayMs + 2 * hourMs, `${inboxLabels}${model}/${day}.jsonl`, labelRows(start, file)),
    ];
  }).flat(),
  request(4 * dayMs, 'move-alias', { model, alias: 'champion', body: { version: 1 }, idempotencyKey: 'first' }),
];

const request = (at: number, row: string, input: Record<string, unknown>): Action => ({
  at,
  name: row,
  act: (world) => world.request(row, input),
});

const write = (at: number, key: string, body: string): Action => ({
  at,
  name: `write ${key}`,
  act: async (world) => {
    await world.store.put(key, body);
    await world.announce(key);
  },
});

/** The loop with one process killed at I/O call number `call`; null when the loop has no such call. */
export const killedAt = async (call: number, when: 'killed-before' | 'killed-after'): Promise<SeedResult | null> => {
  const faults = killAtCall(call, when);
  const actions = wholeLoop().toSorted((a, b) => a.at - b.at);
  const result = await simulate(1, { faults, workload: actions });
  return faults.counts.size === 0 ? null : result;
};
