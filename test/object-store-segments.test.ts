import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeContinuation, decodeSegment, encodeSegment } from '../shared/object-store/segments.ts';

/** Any segment that `checkKey` allows, with the awkward characters more often than by chance. */
const segments = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }),
    fc.string({
      unit: fc.constantFrom('a', 'A', '.', '~', '%', ' ', '4', '1', 'é', '\u{1F600}', 'I', 'ı'),
      minLength: 1,
      maxLength: 250,
    }),
    fc.constantFrom(
      'con',
      'CON',
      'nul.txt',
      'com1',
      '.',
      '..',
      '.tmp',
      'x'.repeat(189),
      'x'.repeat(188),
      'x'.repeat(378),
    ),
  )
  .filter((segment) => !/[/\0]/.test(segment) && segment.isWellFormed());

const pathOf = (segment: string): string => encodeSegment(segment).join('/');

describe('segments as file names', () => {
  it('decode to exactly what was encoded', () => {
    fc.assert(
      fc.property(segments, (segment) => {
        expect(decodeSegment(encodeSegment(segment))).toBe(segment);
      }),
    );
  });

  it('stay apart where the file system folds case and Unicode', () => {
    fc.assert(
      fc.property(segments, segments, (one, other) => {
        fc.pre(one !== other);
        const folded = [one, other].map((segment) => pathOf(segment).normalize('NFD').toLowerCase());
        expect(folded[0]).not.toBe(folded[1]);
      }),
      { numRuns: 500 },
    );
    expect(pathOf('Readme').toLowerCase()).not.toBe(pathOf('readme').toLowerCase());
  });

  it('are safe names that fit every file system', () => {
    fc.assert(
      fc.property(segments, (segment) => {
        for (const name of encodeSegment(segment)) {
          expect(name).toMatch(/^[a-z0-9\-_=+@,%][A-Z0-9a-z\-_.=+@,%]*$/);
          expect(name).not.toMatch(/\.$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/);
          expect(name.length).toBeLessThanOrEqual(210);
        }
      }),
    );
  });

  it('leave ordinary names readable', () => {
    for (const name of ['flight-delays', 'date=2024-01-01', 'part-0001.parquet', '_success', 'v1.2', 'a+b@c,d'])
      expect(encodeSegment(name)).toEqual([name]);
    expect(encodeSegment('My Model')).toEqual(['%4Dy%20%4Dodel']);
    expect(encodeSegment('..')).toEqual(['%2E%2E']);
    expect(encodeSegment('é')).toEqual(['%C3%A9']);
  });

  it('decode nothing that encoding does not write', () => {
    for (const name of [
      '',
      'A',
      '%61',
      '%c3%a9',
      '%C3',
      '%2F',
      '%00',
      'a%',
      'a~',
      '.a',
      'a.',
      'con',
      'é',
      'x'.repeat(240),
    ])
      expect(decodeSegment([name])).toBeNull();
    expect(decodeSegment(['a%', 'b'])).toBeNull();
  });

  it('mark as continuation only a name that was full', () => {
    const [first = '', second = ''] = encodeSegment('x'.repeat(200));
    expect([first, second]).toEqual([`${'x'.repeat(189)}%`, 'x'.repeat(11)]);
    expect(decodeContinuation(first)).toBe('x'.repeat(189));
    expect(decodeContinuation('x%')).toBeNull();
    expect(decodeContinuation(second)).toBeNull();
  });
});
