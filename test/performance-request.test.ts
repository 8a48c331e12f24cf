import { describe, expect, it } from 'vitest';
import type { BinSet } from '../shared/domain/bins.ts';
import { Manifest } from '../shared/domain/model.ts';
import { DriftlessError } from '../shared/kernel/errors.ts';
import { performanceRequest } from '../shared/monitoring/performance-request.ts';

const manifestOf = (task: string, data: object): Manifest =>
  Manifest.parse({
    apiVersion: 'driftless.dev/v1',
    model: 'delays',
    task,
    data: { timestamp: 'at', predictionId: 'id', features: ['x'], ...data },
    monitor: { window: 'PT1H' },
  });

const category = (values: string[]) => ({ kind: 'category' as const, values, rare: [], openEnded: false });
const bins: BinSet = {
  format: 2,
  columns: {
    origin: category(Array.from({ length: 150 }, (_, i) => `airport ${i}`)),
    kind: category(['1.0', 'b']),
    minutes: { kind: 'numeric', of: 'number', edges: [0, 1], complete: true, origin: 0, unit: 0.125 },
  },
  outcome: null,
};
const names = { predictionId: 'id', timestamp: 'at', label: 'y', windowMs: 3_600_000, groups: {} };

describe('the request for a model’s performance', () => {
  it('names its columns, and at most a hundred groups', () => {
    const data = { label: 'y', score: 's', groups: ['origin', 'minutes', 'new'] };
    const { groups, ...request } = performanceRequest(manifestOf('binary', data), bins);
    expect({ ...request, groups: {} }).toEqual({ ...names, task: 'binary', score: 's', prediction: null });
    expect(Object.entries(groups).map(([name, values]) => [name, values.length])).toEqual([
      ['origin', 100],
      ['minutes', 0],
      ['new', 0],
    ]);
  });

  it('takes classes and the unit of errors from the frozen bins', () => {
    const classes = performanceRequest(manifestOf('multiclass', { label: 'y', prediction: 'kind' }), bins);
    expect(classes).toEqual({ ...names, task: 'multiclass', score: null, prediction: 'kind', classes: ['1', 'b'] });
    const regression = manifestOf('regression', { label: 'y', score: 'minutes' });
    const shape = { ...names, task: 'regression', score: null, prediction: 'minutes' };
    expect(performanceRequest(regression, bins)).toEqual({ ...shape, unit: 0.125 });
    expect(performanceRequest(regression, null)).toEqual({ ...shape, unit: 2 ** -20 });
  });

  it('is refused where there is nothing to compare', () => {
    for (const [task, data] of [
      ['none', { label: 'y', score: 's' }],
      ['binary', { score: 's' }],
      ['regression', { label: 'y' }],
      ['multiclass', { label: 'y', score: 's' }],
    ] as const)
      expect(() => performanceRequest(manifestOf(task, data), bins)).toThrow(DriftlessError);
  });
});
