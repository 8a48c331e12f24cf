import { simulate } from './run.ts';

/** Every `step`-th seed from `first` on, before `end`; the one argument of this process, as JSON. */
export type Share = { first: number; end: number; step: number; verbose: boolean };

const { first, end, step, verbose } = JSON.parse(process.argv[2] ?? '{}') as Share;
for (let seed = first; seed < end; seed += step)
  process.send?.(await simulate(seed, verbose ? { onLine: (line) => console.error(line) } : {}));
