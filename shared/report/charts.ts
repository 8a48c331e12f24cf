import type { TopLevelSpec } from 'vega-lite';
import { type Bar, categoryBars } from './bars.ts';
import type { NumericCell } from './column-cells.ts';
import type { ReportColumn } from './drift-report.ts';
import { count, figure, percent } from './figures.ts';
import { type Histogram, histogramOf, roundUp } from './histogram.ts';

/**
 * The chart of a column, or null when there is nothing to draw. Then is a filled area or a hollow bar, now a line or
 * a solid bar: told apart without colour. Colours are variables of the page's style sheet.
 */
export const chartOf = (column: ReportColumn): TopLevelSpec | null => {
  if (column.kind === 'category') {
    const { bars } = categoryBars(column);
    return bars.length === 0 ? null : pairedBars(bars);
  }
  const histogram = histogramOf(column.cells, column.whole);
  return histogram && steps(histogram, column.whole);
};

/** Of the whole drawing: one scale, and so one size of letters, for all charts. */
const width = 704;
/** Pixels from the middle of `less` or `more` to the middle of a number beside it. */
const roomOfWord = 40;

const look: TopLevelSpec['config'] = {
  aria: false,
  font: 'system-ui, sans-serif',
  background: 'transparent',
  view: { stroke: null },
  axis: {
    domainColor: 'var(--line)',
    gridColor: 'var(--line)',
    tickColor: 'var(--line)',
    labelColor: 'var(--ink)',
    titleColor: 'var(--soft)',
    titleFontWeight: 'normal',
    labelFontSize: 12,
    titleFontSize: 12,
    labelLimit: 0,
  },
};

const percentAxis = { format: '.2~%', labelExpr: "replace(datum.label, '%', ' %')", tickCount: 5 };

type Point = { value: number; share: number };

const steps = ({ step, bars }: Histogram, whole: boolean): TopLevelSpec => {
  const extents = bars.map((bar) => extentOf(bar, step));
  const outline = (side: 'before' | 'now'): Point[] => {
    const corners = bars.map((bar, i) => ({ value: extents[i]?.low ?? 0, share: bar[side] }));
    const end = extents.at(-1)?.high ?? 0;
    const [first, last] = [corners[0], corners.at(-1)];
    return [
      { value: first?.value ?? 0, share: 0 },
      ...corners,
      { value: end, share: last?.share ?? 0 },
      { value: end, share: 0 },
    ];
  };
  const x = {
    field: 'value',
    type: 'quantitative' as const,
    scale: { domain: [extents[0]?.low ?? 0, extents.at(-1)?.high ?? 1], nice: false, zero: false },
    axis: { ...ticksOf(bars, step), grid: false, title: null },
  };
  const title = whole && step === 1 ? 'share of rows' : `share of rows per ${step < 1000 ? figure(step) : count(step)}`;
  const y = { field: 'share', type: 'quantitative' as const, axis: { ...percentAxis, title } };
  const drawn = { interpolate: 'step-after' as const };
  return {
    config: look,
    autosize: { type: 'fit-x', contains: 'padding' },
    width,
    height: 170,
    encoding: { x, y },
    layer: [
      { data: { values: outline('before') }, mark: { type: 'area', ...drawn, color: 'var(--then-fill)', line: false } },
      { data: { values: outline('now') }, mark: { type: 'line', ...drawn, color: 'var(--now)', strokeWidth: 2 } },
    ],
  };
};

/** A bar without end is drawn as wide as the others. */
const extentOf = ({ low, high }: NumericCell, step: number): { low: number; high: number } => ({
  low: low ?? (high ?? 0) - step,
  high: high ?? (low ?? 0) + step,
});

/** Round numbers where the bars have bounds, words where they have none. */
const ticksOf = (bars: NumericCell[], step: number) => {
  const [from, to] = [
    bars.find(({ low }) => low !== null)?.low ?? 0,
    bars.findLast(({ high }) => high !== null)?.high ?? 0,
  ];
  const [below, above] = [bars[0]?.low === null, bars.at(-1)?.high === null];
  const gap = Math.max(step, roundUp((to - from) / 10));
  // The words stand in the middle of their bars, and need their room.
  const room = step * ((roomOfWord * bars.length) / width - 0.5);
  const first = Math.ceil((from + (below ? room : 0)) / gap);
  const last = Math.floor((to - (above ? room : 0)) / gap);
  const round = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * gap);
  return {
    values: [...(below ? [from - step / 2] : []), ...round, ...(above ? [to + step / 2] : [])],
    labelExpr: `datum.value < ${from} ? 'less' : datum.value > ${to} ? 'more' : datum.label`,
    format: Math.max(Math.abs(from), Math.abs(to)) < 1e6 ? '.6~g' : '~s',
  };
};

const isBefore = { test: { field: 'side', equal: 'before' } };

const pairedBars = (bars: Bar[]): TopLevelSpec => {
  const values = bars.flatMap(({ label, before, now }) => [
    { label, side: 'before', share: before, text: percent(before) },
    { label, side: 'now', share: now, text: percent(now) },
  ]);
  const most = Math.max(...values.map(({ share }) => share));
  return {
    config: look,
    autosize: { type: 'fit-x', contains: 'padding' },
    data: { values },
    width,
    height: bars.length * 36,
    encoding: {
      y: {
        field: 'label',
        type: 'nominal',
        sort: null,
        scale: { paddingInner: 0.3 },
        axis: { title: null, ticks: false, domain: false, labelPadding: 8 },
      },
      yOffset: { field: 'side', sort: ['before', 'now'], scale: { paddingInner: 0.15 } },
      x: {
        field: 'share',
        type: 'quantitative',
        scale: { domain: [0, most * 1.12], nice: false },
        axis: { ...percentAxis, title: 'share of rows' },
      },
    },
    layer: [
      {
        mark: { type: 'bar', strokeWidth: 1.2 },
        encoding: {
          fill: { condition: { ...isBefore, value: 'var(--page)' }, value: 'var(--now)' },
          stroke: { condition: { ...isBefore, value: 'var(--then)' }, value: 'var(--now)' },
        },
      },
      {
        mark: { type: 'text', align: 'left', dx: 5, fontSize: 11, fill: 'var(--soft)' },
        encoding: { text: { field: 'text' } },
      },
    ],
  };
};

/** SVG text of a chart. Vega is heavy, so it is loaded when there is something to draw. */
export const drawChart = async (spec: TopLevelSpec): Promise<string> => {
  const [{ compile }, { parse, View }] = await Promise.all([import('vega-lite'), import('vega')]);
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
};
