import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addMetric, metricLimits, metricOf, metricPattern } from '../shared/training/metrics.ts';
import { smEnvironment } from '../shared/training/sm-environment.ts';

const folders = { channels: {}, modelDir: '/model', outputDataDir: '/output' };
const machine = { cpus: 4, gpus: 1, hosts: ['algo-1'], currentHost: 'algo-1' };

describe('the SM_* environment', () => {
  test('is what the SageMaker training toolkit sets', () => {
    const channels = { train: '/data/train', 'my-labels': '/data/labels' };
    expect(
      smEnvironment({ 'learning-rate': 0.1, epochs: 3, name: 'a b', fast: true }, { ...folders, channels }, machine),
    ).toEqual({
      SM_CHANNELS: '["my-labels","train"]',
      SM_CHANNEL_TRAIN: '/data/train',
      SM_CHANNEL_MY_LABELS: '/data/labels',
      SM_MODEL_DIR: '/model',
      SM_OUTPUT_DATA_DIR: '/output',
      SM_HPS: '{"epochs":3,"fast":true,"learning-rate":0.1,"name":"a b"}',
      SM_HP_LEARNING_RATE: '0.1',
      SM_HP_EPOCHS: '3',
      SM_HP_NAME: 'a b',
      SM_HP_FAST: 'true',
      SM_NUM_CPUS: '4',
      SM_NUM_GPUS: '1',
      SM_HOSTS: '["algo-1"]',
      SM_CURRENT_HOST: 'algo-1',
    });
  });

  test('has only valid names, and SM_HPS is the hyperparameters, whatever they are called', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean());
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), value, { noNullPrototype: true }), (hyperparameters) => {
        const environment = smEnvironment(hyperparameters, folders, machine);
        expect(JSON.parse(environment['SM_HPS'] ?? '')).toEqual(hyperparameters);
        for (const name of Object.keys(environment)) expect(name).toMatch(/^[A-Z_][A-Z0-9_]*$/);
      }),
    );
  });
});

describe('metrics', () => {
  test.each([
    ['loss=0.25', 'loss', 0.25],
    ['  val:auc = -1e-3 ', 'val:auc', -0.001],
    ['f1=.5', 'f1', 0.5],
    ['n=3.', 'n', 3],
  ])('%j is a metric', (line, name, value) => {
    expect(metricOf(line)).toEqual({ name, value });
  });

  test.each([
    'loss=NaN',
    'loss=Infinity',
    'loss=1e999',
    'loss=',
    '=1',
    'loss 0.25',
    'epoch 3 loss=1',
    'loss=1 acc=2',
    'loss=0x10',
    '2=3',
    `${'n'.repeat(65)}=1`,
    `loss=${'1'.repeat(2000)}`,
  ])('%j is none', (line) => {
    expect(metricOf(line)).toBeNull();
  });

  test('never outgrow their limit, and known names go on being updated', () => {
    const metrics = new Map<string, number>();
    for (let i = 0; i < 1000; i += 1) addMetric(metrics, `metric${i}=${i}`);
    addMetric(metrics, 'metric7=-7');
    expect(metrics.size).toBe(metricLimits.names);
    expect(metrics.get('metric7')).toBe(-7);
  });

  test('are read alike by a platform that is given a pattern', () => {
    const part = fc.constantFrom('loss', 'a.b', ' ', '=', '1', '-', '.', 'e', '5', 'x', 'NaN', '+');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 9 }), fc.constantFrom('loss', 'a.b'), (parts, name) => {
        const line = parts.join('');
        const ours = metricOf(line);
        const theirs = new RegExp(metricPattern(name)).exec(line);
        expect(theirs === null ? null : Number(theirs[1])).toBe(ours?.name === name ? ours.value : null);
      }),
      { numRuns: 2000 },
    );
    const backtracking = performance.now();
    new RegExp(metricPattern('loss')).exec(`loss=${'1'.repeat(50_000)}x`);
    expect(performance.now() - backtracking).toBeLessThan(1000);
  });
});
