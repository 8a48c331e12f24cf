import type { ColumnBins } from '../bins.ts';
import { jensenShannon, largestDifference, totalVariation } from './distances.ts';
import { ks } from './kolmogorov-smirnov.ts';
import type { Metric } from './metric.ts';
import { psi } from './population-stability.ts';
import { invalidRate, missingRate, unseenRate } from './rates.ts';
import { wassersteinRaw, wassersteinStd } from './wasserstein.ts';

/** Every metric by the name that people use. */
export const metrics = {
  ks,
  'wasserstein:std': wassersteinStd,
  'wasserstein:raw': wassersteinRaw,
  tvd: totalVariation,
  linf: largestDifference,
  psi,
  'js-distance': jensenShannon,
  'missing-rate': missingRate,
  'invalid-rate': invalidRate,
  'unseen-rate': unseenRate,
} satisfies Record<string, Metric>;
export type MetricName = keyof typeof metrics;

export const metricNames = Object.keys(metrics) as MetricName[];

const forNumbersOnly: MetricName[] = ['ks', 'wasserstein:std', 'wasserstein:raw'];

/** The metrics that have a meaning for a column. */
export const metricsFor = ({ kind }: ColumnBins): MetricName[] =>
  metricNames.filter((name) => kind === 'numeric' || !forNumbersOnly.includes(name));
