/** Milliseconds, rounded to the microsecond. */
export type Latency = { p50: number; p99: number; runs: number };

const round = (value: number): number => Math.round(value * 1000) / 1000;

export const latencyOf = (milliseconds: number[]): Latency => {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { p50: at(0.5), p99: at(0.99), runs: sorted.length };
};

/** How many milliseconds it took. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

/** Each work in turn, again and again, so that whatever else the machine does touches all of them alike. */
export const interleaved = async <Name extends string>(
  works: Record<Name, () => Promise<unknown>>,
  { warmUp, runs }: { warmUp: number; runs: number },
): Promise<Record<Name, Latency>> => {
  const names = Object.keys(works) as Name[];
  const times = Object.fromEntries(names.map((name): [Name, number[]] => [name, []])) as Record<Name, number[]>;
  for (let run = -warmUp; run < runs; run += 1)
    for (const name of names) {
      const took = await timed(works[name]);
      if (run >= 0) times[name].push(took);
    }
  return Object.fromEntries(names.map((name) => [name, latencyOf(times[name])])) as Record<Name, Latency>;
};

/** One after another. */
export const repeated = async (
  work: () => Promise<unknown>,
  times: { warmUp: number; runs: number },
): Promise<Latency> => (await interleaved({ work }, times)).work;
