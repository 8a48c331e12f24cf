import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Dropped, readInboxKey } from '../shared/domain/inbox.ts';
import { DriftlessError } from '../shared/kernel/errors.ts';

const namedBy = (dropped: Dropped): string => {
  if (dropped.kind === 'artifact') return dropped.location;
  return dropped.kind === 'part' ? '' : dropped.key;
};

const readOrError = (key: string) => {
  try {
    return readInboxKey(key);
  } catch (error) {
    if (error instanceof DriftlessError) return error;
    throw error;
  }
};

describe('readInboxKey', () => {
  it.each([
    [
      'inbox/models/flights/model.onnx',
      { kind: 'artifact', model: 'flights', location: 'inbox/models/flights/model.onnx' },
    ],
    ['inbox/models/flights/v2/_SUCCESS', { kind: 'artifact', model: 'flights', location: 'inbox/models/flights/v2/' }],
    [
      'inbox/models/flights/a/b/_SUCCESS',
      { kind: 'artifact', model: 'flights', location: 'inbox/models/flights/a/b/' },
    ],
    ['inbox/models/flights/v2/weights.bin', { kind: 'part', model: 'flights' }],
    ['inbox/models/flights/v2/deep/weights.bin', { kind: 'part', model: 'flights' }],
    ['inbox/models/flights/_SUCCESS', { kind: 'part', model: 'flights' }],
    ['inbox/models/flights/v2/not_SUCCESS', { kind: 'part', model: 'flights' }],
    ['inbox/data/flights/day.parquet', { kind: 'data', model: 'flights', key: 'inbox/data/flights/day.parquet' }],
    [
      'inbox/data/flights/2026/03/ü%2F.csv',
      { kind: 'data', model: 'flights', key: 'inbox/data/flights/2026/03/ü%2F.csv' },
    ],
    ['inbox/labels/flights/day.csv', { kind: 'labels', model: 'flights', key: 'inbox/labels/flights/day.csv' }],
  ])('reads %s', (key, dropped) => {
    expect(readInboxKey(key)).toEqual(dropped);
  });

  it.each([
    ['inbox/models/model.onnx', 'put it in inbox/models/<model>/'],
    ['inbox/data/day.csv', 'put it in inbox/data/<model>/'],
    ['inbox/other/flights/day.csv', 'belongs to no model'],
    ['jobs/j1/model/model.bin', 'belongs to no model'],
    ['inbox/data/My Model/day.csv', 'is in a folder that is no model name'],
    ['inbox/data/../models/day.csv', 'is in a folder that is no model name'],
    ['inbox/models/x/model.onnx', 'is in a folder that is no model name'],
  ])('refuses %s and says what to do', (key, advice) => {
    expect(() => readInboxKey(key)).toThrow(DriftlessError);
    expect(() => readInboxKey(key)).toThrow(advice);
    expect(() => readInboxKey(key)).toThrow(key);
  });

  it('throws nothing but invalid-input, whatever the key, and stays inside the model that the key names', () => {
    const segment = fc.oneof(fc.constantFrom('flights', '_SUCCESS', 'models', '..', ''), fc.string({ maxLength: 6 }));
    const area = fc.constantFrom('inbox/models/', 'inbox/data/', 'inbox/labels/', 'inbox/', '');
    const keys = fc.tuple(area, fc.array(segment, { maxLength: 4 })).map(([prefix, rest]) => prefix + rest.join('/'));
    fc.assert(
      fc.property(keys, (key) => {
        const dropped = readOrError(key);
        const isError = dropped instanceof DriftlessError;
        const [model, named] = isError ? [key.split('/')[2], ''] : [dropped.model, namedBy(dropped)];
        expect(isError ? dropped.code : 'invalid-input').toBe('invalid-input');
        expect(key.split('/')[2]).toBe(model);
        expect(key.startsWith(named)).toBe(true);
      }),
    );
  });
});
