import { describe, expect, it } from 'vitest';
import type { BinSet, ColumnBins } from '../shared/domain/bins.ts';
import type { Baseline, Check } from '../shared/domain/drift.ts';
import type { WindowProfile } from '../shared/domain/window-profile.ts';
import { type CheckInputs, driftReport } from '../shared/report/drift-report.ts';
import { visible } from '../shared/report/html.ts';
import { driftPage } from '../shared/report/page.ts';
import { binsOf, countsOf } from './bins-of.ts';

const digest = (digit: string): string => digit.repeat(64);

const categories = (...values: string[]): ColumnBins => ({ kind: 'category', values, rare: [], openEnded: false });
/** So many rows of each value. */
const rowsOf = (bins: ColumnBins, rows: [value: number, count: number][]) =>
  countsOf(
    bins,
    rows.flatMap(([value, count]) => Array.from({ length: count }, () => value)),
  );

type Example = { check: Check; inputs: CheckInputs };

/** A check of a numeric and a category column, both shifted, and a quiet one. */
const exampleOf = (names: { numeric: string; category: string; value: string }): Example => {
  const { numeric, category, value } = names;
  const [numbers, values, quiet] = [binsOf([10, 20, 30, 40]), categories(value, 'AMS'), binsOf([0.25, 0.5])];
  const bins: BinSet = {
    format: 2,
    columns: { [numeric]: numbers, [category]: values, quiet },
    outcome: null,
  };
  const columns = {
    [numeric]: rowsOf(numbers, [
      [10, 10],
      [20, 40],
      [30, 40],
      [40, 10],
    ]),
    [category]: rowsOf(values, [
      [0, 60],
      [1, 30],
      [3, 10],
    ]),
    quiet: rowsOf(quiet, [
      [0.25, 50],
      [0.5, 50],
    ]),
  };
  const scores = { [numeric]: 0.01, [category]: 0.01, quiet: 0.02 };
  const baseline: Baseline = {
    model: 'flights',
    champion: 3,
    bins: digest('b'),
    rows: 3100,
    columns,
    leftOut: ['weekday'],
    calibration: Array.from({ length: 31 }, (_, day) => ({
      windowStart: new Date(Date.UTC(2001, 0, day + 1)).toISOString(),
      scores,
    })),
  };
  const window: WindowProfile = {
    windowStart: '2001-03-01T00:00:00.000Z',
    rows: 1234,
    columns: {
      ...columns,
      [numeric]: rowsOf(numbers, [
        [20, 10],
        [30, 20],
        [40, 40],
        [40.25, 20],
        [Number.NaN, 10],
      ]),
      [category]: rowsOf(values, [
        [0, 20],
        [1, 70],
        [3, 10],
      ]),
    },
    outcomes: [],
  };
  const check: Check = {
    id: `c${'a'.repeat(30)}`,
    model: 'flights',
    champion: 3,
    window: { start: window.windowStart, period: 'P1D' },
    verdict: 'drift',
    reason: 'sudden-shift',
    p: 1 / 32,
    effect: 0.59,
    rows: 1234,
    columns: [
      { name: numeric, score: 0.6, usual: 0.01, highest: 0.01 },
      { name: category, score: 0.4, usual: 0.01, highest: 0.01 },
      { name: 'quiet', score: 0, usual: 0.02, highest: 0.02 },
    ],
    leftOut: ['weekday'],
    sentence: `Drift: ${numeric} differs from the reference in 60.0 % of rows.`,
    policy: digest('1'),
    digests: { baseline: digest('2'), window: digest('3'), previous: null },
    checkedAt: '2001-03-02T00:00:00.000Z',
  };
  return { check, inputs: { baseline, window, bins, hasWindowChanged: false } };
};

const plain = exampleOf({ numeric: 'delay', category: 'airport', value: 'JFK' });
const pageOf = ({ check, inputs }: Example): Promise<string> => driftPage(driftReport(check, inputs));

/** Tags that are open, or closed in the wrong order, each attribute in quotes: as strict as XML about nesting. */
const faultsOf = (page: string): string[] => {
  const faults: string[] = [];
  const open: string[] = [];
  const body = page.replace(/^<!doctype html>\n/, '').replace(/<style>[^<]*<\/style>/, '');
  const tag = /<(\/?)([a-zA-Z][\w]*)((?:\s+[\w:-]+="[^"<>]*")*)\s*(\/?)>/g;
  for (const [text, close, name = '', , end] of body.matchAll(tag)) {
    if (close && open.pop() !== name) faults.push(text);
    if (!close && !end) open.push(name);
  }
  if (/[<>]|&(?!(amp|lt|gt|quot|#39);)/.test(body.replaceAll(tag, ''))) faults.push('text that is markup');
  return [...faults, ...open];
};
const svgsOf = (page: string): string[] => page.match(/<svg.*?<\/svg>/gs) ?? [];
const textOf = (markup: string): string => markup.replaceAll(/<[^>]*>/g, ' ');

describe('the page of a check', () => {
  it('says the verdict first, then what moved, and what the verdict follows from', async () => {
    const page = await pageOf(plain);
    expect(faultsOf(page)).toEqual([]);
    const text = textOf(page.slice(page.indexOf('<body>'))).replaceAll('\u00a0', ' ');
    const order = [
      'Drift: delay differs from the reference in 60.0 % of rows.',
      'The 2 columns that moved',
      'All other columns',
      'quiet',
      'Left out',
      'weekday',
      digest('3'),
      digest('2'),
      digest('b'),
      digest('1'),
    ];
    const at = order.map((part) => text.indexOf(part));
    expect(at).toEqual(at.toSorted((a, b) => a - b));
    expect(at).not.toContain(-1);
  });

  it('draws then and now of each column that moved, with words for those who do not see it', async () => {
    const [numeric = '', category = '', ...more] = svgsOf(await pageOf(plain));
    expect(more).toEqual([]);
    expect(numeric).toContain('<title id="column-1-title">delay, then and now</title>');
    expect(numeric).toContain('fill="var(--then-fill)"');
    expect(numeric).toContain('stroke="var(--now)"');
    expect(textOf(numeric)).toContain('The largest change is at 40 to 41: 10.0\u00a0% of rows then, 60.0\u00a0% now.');
    expect(textOf(numeric)).toContain('Missing: 0.0\u00a0% of rows then, 10.0\u00a0% now.');
    for (const words of ['JFK', 'AMS', '60.0\u00a0%', '20.0\u00a0%', '70.0\u00a0%'])
      expect(textOf(category)).toContain(words);
  });

  it('has no script and nothing to load', async () => {
    const page = await pageOf(plain);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|<object|<embed|<base|\son\w+\s*=|\s(src|href|srcset)\s*=/i);
    expect(page).not.toMatch(/https?:|\/\/\w|@import|url\(|javascript:/i);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  it('is the same to the byte whenever it is made', async () => {
    const [once, again] = [await pageOf(plain), await pageOf(structuredClone(plain))];
    expect(again).toBe(once);
  });

  it.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</style><script>alert(1)</script>',
    '</title></svg><script>alert(1)</script>',
    '<!--',
    ']]>&lt;script&gt;',
    '${alert(1)} {{x}} datum.value',
    'red\u001b[31m bell\u0007 nul\u0000 c1\u009b31m\r\n',
    'invoice\u202Efdp.exe\u2066',
    '\ud800',
    '__proto__x constructor',
    'x'.repeat(5000),
    '  ',
  ])('takes %j for a name and for a value', async (name) => {
    const hostile = exampleOf({ numeric: name, category: `${name}2`, value: name });
    const page = await pageOf(hostile);
    expect(faultsOf(page)).toEqual([]);
    expect(svgsOf(page)).toHaveLength(2);
    expect(page).not.toMatch(/<(script|img|iframe|foreignObject)|[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]|\p{Cs}/iu);
    const markup = page.match(/<[^>]*>/g)?.join('') ?? '';
    expect(markup).not.toMatch(/alert/);
    const shown = textOf(page).replaceAll(/&(amp|lt|gt|quot|#39);/g, (_all, entity: string) => entities[entity] ?? '');
    expect(shown).toContain(visible(name));
  });

  it('keeps values apart that look alike when they are cut short', async () => {
    const long = 'a'.repeat(100);
    const { check, inputs } = exampleOf({ numeric: 'n', category: 'c', value: `${long}1` });
    inputs.bins.columns['c'] = categories(`${long}1`, `${long}2`);
    const [, category = ''] = svgsOf(await pageOf({ check, inputs }));
    expect(category.match(/a{27}…( \(2\))?</g)).toHaveLength(2);
  });

  it('names values that would show nothing', async () => {
    const { check, inputs } = exampleOf({ numeric: 'n', category: 'c', value: '' });
    inputs.bins.columns['c'] = categories('', '  ');
    const [, category = ''] = svgsOf(await pageOf({ check, inputs }));
    expect(textOf(category)).toMatch(/\(empty\)[^]*\(blank\)|\(blank\)[^]*\(empty\)/);
  });

  it('shows the most unusual column when none moved, and says when rows came or went since', async () => {
    const { check, inputs } = plain;
    const calm: Check = { ...check, verdict: 'no-drift', reason: null, sentence: 'No drift.' };
    const page = await pageOf({ check: calm, inputs: { ...inputs, hasWindowChanged: true } });
    expect(page).toContain('The most unusual column');
    expect(svgsOf(page)).toHaveLength(1);
    expect(page).toContain('came or went after the check');
    expect(await pageOf(plain)).not.toContain('came or went after the check');
  });

  it('has something to say of a window without rows and of a model without columns', async () => {
    const { check, inputs } = plain;
    const silent: Check = {
      ...check,
      verdict: 'not-enough-data',
      reason: null,
      p: null,
      effect: null,
      rows: 0,
      columns: [],
    };
    const page = await pageOf({ check: silent, inputs });
    expect(faultsOf(page)).toEqual([]);
    expect(svgsOf(page)).toEqual([]);
  });
});

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
