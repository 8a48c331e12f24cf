import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, type WindowLoss } from '../shared/domain/gate.ts';
import { seededRandom } from './seeded-random.ts';

const gate = { metric: 'log-loss', windows: 2, confidence: 0.9, minGain: 0 } as const;

const windowStart = (day: number): string => new Date(Date.UTC(2026, 0, 1 + day)).toISOString();
/** Windows of 1000 rows with these mean losses; exact in millionths a row. */
const losses = (means: number[]): WindowLoss[] =>
  means.map((mean, day) => ({ windowStart: windowStart(day), rows: 1000, logLossMicro: Math.round(mean * 1e9) }));
const flat = (mean: number, count: number): number[] => Array.from({ length: count }, () => mean);

describe('the gate', () => {
  /** One-sided critical values of Student's t: NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.2. */
  it.each([
    [1, 0.9, 3.078],
    [1, 0.99, 31.821],
    [4, 0.975, 2.776],
    [9, 0.95, 1.833],
    [13, 0.9, 1.35],
    [29, 0.99, 2.462],
    [100, 0.95, 1.66],
  ])('bounds the gain by the published t quantile for %i degrees of freedom at %d', (freedom, confidence, quantile) => {
    const n = freedom + 1;
    const gains = Array.from({ length: n }, (_, i) => 0.05 + 0.01 * (i % 2 === 0 ? 1 : -1) + 0.001 * i);
    const mean = gains.reduce((sum, gain) => sum + gain, 0) / n;
    const deviation = Math.sqrt(gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / freedom);
    const result = compare(losses(flat(0.5, n)), losses(gains.map((gain) => 0.5 - gain)), { ...gate, confidence });
    const used = ((result.meanGain ?? 0) - (result.lowerGain ?? 0)) / (deviation / Math.sqrt(n));
    expect(result.meanGain).toBeCloseTo(mean, 9);
    expect(Math.abs(used - quantile)).toBeLessThan(0.001);
  });

  it('passes a candidate that is surely better, and shows the means', () => {
    const result = compare(losses([0.5, 0.6, 0.55]), losses([0.4, 0.51, 0.44]), { ...gate, windows: 3 });
    expect(result).toMatchObject({ passed: true, windows: 3, rows: 3000 });
    expect(result.championLoss).toBeCloseTo(0.55, 9);
    expect(result.candidateLoss).toBeCloseTo(0.45, 9);
    expect(result.why).toMatch(/^Better: mean gain 0\.1000 /);
  });

  it('refuses a gain below the least that matters, however certain', () => {
    const result = compare(losses([0.5, 0.5, 0.5]), losses([0.499, 0.499, 0.499]), { ...gate, minGain: 0.01 });
    expect(result).toMatchObject({ passed: false });
    expect(result.why).toContain('by less than 0.01');
  });

  it('refuses a large gain that a single window made', () => {
    const champion = losses(flat(0.5, 10));
    const result = compare(champion, losses([0.1, ...flat(0.51, 9)]), gate);
    expect(result.meanGain).toBeGreaterThan(0);
    expect(result).toMatchObject({ passed: false, why: expect.stringMatching(/^Not certainly better/) });
  });

  it('refuses the champion against itself', () => {
    const own = losses([0.5, 0.6, 0.4]);
    expect(compare(own, own, gate)).toMatchObject({ passed: false, meanGain: 0, lowerGain: 0 });
  });

  it('lets an equally good candidate through no more often than the confidence says', () => {
    const random = seededRandom(7);
    const noisy = (): number[] => Array.from({ length: 14 }, () => 0.5 + 0.02 * random.normal());
    const rounds = 3000;
    const passes = (minGain: number): number => {
      let passed = 0;
      for (let i = 0; i < rounds; i += 1)
        if (compare(losses(noisy()), losses(noisy()), { ...gate, windows: 14, minGain }).passed) passed += 1;
      return passed / rounds;
    };
    // Ten in a hundred, give or take four standard errors.
    expect(passes(0)).toBeGreaterThan(0.1 - 0.022);
    expect(passes(0)).toBeLessThan(0.1 + 0.022);
    expect(passes(0.02)).toBeLessThan(0.01);
  });

  it('compares window by window, so that hard days common to both do not hide a gain', () => {
    const random = seededRandom(11);
    const days = Array.from({ length: 14 }, () => 0.5 + 0.2 * random.uniform());
    const better = days.map((loss) => loss - 0.005 + 0.001 * random.normal());
    expect(compare(losses(days), losses(better), { ...gate, windows: 14 }).passed).toBe(true);
  });

  it('pairs by window and by equal rows, in whatever order they come', () => {
    const champion = losses([0.5, 0.6, 0.7, 0.8]);
    const candidate = losses([0.45, 0.54, 0.66, 0.73]);
    const paired = compare(champion, candidate, gate);
    fc.assert(
      fc.property(fc.shuffledSubarray(candidate, { minLength: 4 }), (shuffled) => {
        expect(compare(champion, shuffled, gate)).toEqual(paired);
      }),
    );
    const otherRows = candidate.map((loss, i) => (i === 0 ? { ...loss, rows: 999 } : loss));
    expect(compare(champion, otherRows, gate)).toMatchObject({ windows: 3, rows: 3000 });
    expect(compare(champion, candidate.slice(1), gate)).toMatchObject({ windows: 3 });
  });

  it('says how many windows are missing, and passes nothing', () => {
    const result = compare(losses([0.9, 0.9, 0.9]), losses([0.1, 0.1]), { ...gate, windows: 3 });
    expect(result).toMatchObject({ passed: false, windows: 2, meanGain: null, lowerGain: null });
    expect(result.why).toContain('2 of 3 windows');
    expect(compare([], [], gate)).toMatchObject({ passed: false, windows: 0, championLoss: null });
  });
});
