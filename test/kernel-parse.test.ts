import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { JobSpec } from '../shared/domain/job.ts';
import { Manifest } from '../shared/domain/model.ts';
import { DriftlessError, type Fault } from '../shared/kernel/errors.ts';
import { nearest, parse } from '../shared/kernel/parse.ts';

const refusal = (schema: z.ZodType, input: unknown): DriftlessError => {
  try {
    parse(schema, input, 'The thing');
  } catch (error) {
    if (error instanceof DriftlessError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
};
const faultsOf = (schema: z.ZodType, input: unknown): Fault[] => refusal(schema, input).faults;

const manifest = {
  apiVersion: 'driftless.dev/v1',
  model: 'flight-delays',
  task: 'binary',
  data: { timestamp: 'date', predictionId: 'id', features: ['hour'] },
};

describe('parse', () => {
  it('returns the value with its defaults', () => {
    expect(parse(JobSpec, { kind: 'train', command: ['true'] }, 'The job').maxRunTime).toBe('P1D');
  });

  it('names every fault at once, each with its path, in one plain sentence', () => {
    const error = refusal(JobSpec, {
      kind: 'dance',
      command: [],
      resources: { gpu: { type: 'a10g', count: 0 } },
      x: 1,
    });
    expect(error.code).toBe('invalid-input');
    expect(error.faults.map(({ path }) => path).toSorted()).toEqual(['command', 'kind', 'resources.gpu.count', 'x']);
    expect(error.message).toMatch(/^The thing is not valid: .*\.$/);
    for (const { path, message } of error.faults) expect(error.message).toContain(`${path}: ${message}`);
  });

  it('names list items by their number', () => {
    const bad = { ...manifest, retrain: { candidates: [{}, { target: 'Not A Name' }] } };
    expect(faultsOf(Manifest, bad).map(({ path }) => path)).toContain('retrain.candidates.1.target');
  });

  it('says (whole) when the input as such is wrong', () => {
    expect(faultsOf(JobSpec, 'a string').map(({ path }) => path)).toEqual(['(whole)']);
  });

  it.each([
    ['at the top', { ...manifest, mode: 'x' }, 'mode', 'model'],
    ['in an object', { ...manifest, monitor: { windw: 'P1D' } }, 'monitor.windw', 'window'],
    [
      'in a list',
      { ...manifest, retrain: { candidates: [{ tarket: 'a1' }] } },
      'retrain.candidates.0.tarket',
      'target',
    ],
    ['in an optional object', { ...manifest, train: { comand: ['a'], command: ['a'] } }, 'train.comand', 'command'],
    ['deep down', { ...manifest, promote: { gate: { confidance: 1 } } }, 'promote.gate.confidance', 'confidence'],
    ['whatever the case', { ...manifest, monitor: { mineffect: 0 } }, 'monitor.mineffect', 'minEffect'],
  ])('suggests the right name for one misspelt %s', (_where, input, path, suggestion) => {
    const fault = faultsOf(Manifest, input).find((each) => each.path === path);
    expect(fault?.suggestion).toBe(suggestion);
    expect(fault?.message).toContain(`did you mean ${suggestion}?`);
  });

  it('suggests nothing when nothing is near', () => {
    const [fault] = faultsOf(Manifest, { ...manifest, zzzzzzzzz: 1 });
    expect(fault).toEqual({ path: 'zzzzzzzzz', message: 'there is no such field' });
  });

  it('hides the HTTP envelope: people wrote the field inside the body', () => {
    const http = z.strictObject({ model: z.string(), body: Manifest });
    const [fault] = faultsOf(http, { model: 'flight-delays', body: { ...manifest, monitor: { windw: 'P1D' } } });
    expect(fault).toMatchObject({ path: 'monitor.windw', suggestion: 'window' });
    expect(faultsOf(http, { model: 'flight-delays' }).map(({ path }) => path)).toEqual(['(whole)']);
  });

  it('finds the field of any single slip of the keyboard', () => {
    const fields = Object.keys(JobSpec.shape).filter((field) => field.length > 4);
    const slip = fc
      .tuple(fc.constantFrom(...fields), fc.nat(), fc.constantFrom('drop', 'double'))
      .map(([field, at, how]) => {
        const i = at % field.length;
        return {
          field,
          typed: how === 'drop' ? field.slice(0, i) + field.slice(i + 1) : field.slice(0, i + 1) + field.slice(i),
        };
      });
    fc.assert(
      fc.property(slip, ({ field, typed }) => {
        fc.pre(!(typed in JobSpec.shape));
        const [fault] = faultsOf(JobSpec, { kind: 'train', command: ['true'], [typed]: 1 });
        expect(fault).toMatchObject({ path: typed, suggestion: field });
      }),
    );
  });

  it('never throws anything but invalid-input, whatever comes in', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (input) => {
        expect(refusal(Manifest, input).code).toBe('invalid-input');
      }),
    );
  });

  it('is not confused by fields named like parts of JavaScript', () => {
    const input: unknown = JSON.parse(
      '{"kind":"train","command":["true"],"constructor":1,"resources":{"__proto__":{}}}',
    );
    expect(faultsOf(JobSpec, input).map(({ path }) => path)).toContain('constructor');
  });
});

describe('nearest', () => {
  it('lets at most a third of the letters differ', () => {
    expect(nearest('targt', ['target', 'command'])).toBe('target');
    expect(nearest('kid', ['kind'])).toBe('kind');
    expect(nearest('abc', ['xyz'])).toBeUndefined();
    expect(nearest('anything', [])).toBeUndefined();
  });
});
