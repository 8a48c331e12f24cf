import { type Bar, categoryBars, changeOf, rangeLabel } from './bars.ts';
import type { Shares } from './column-cells.ts';
import type { ReportColumn } from './drift-report.ts';
import { percent } from './figures.ts';
import { histogramOf } from './histogram.ts';
import { type Html, html } from './html.ts';

/** What a chart shows, in words: for those who do not see it, for its caption, and as rows of a table. */
export const columnFigures = (column: ReportColumn): { description: string; caption: string; bars: Bar[] } => {
  const { bars, caption } = column.kind === 'category' ? ofCategories(column) : ofNumbers(column);
  const most = bars.toSorted((a, b) => changeOf(b) - changeOf(a))[0];
  const description = most ? `The largest change is at ${most.label}: ${thenNow(most)}.` : 'There are no rows.';
  return { bars, caption, description: `${description} ${caption}` };
};

type Figures = { bars: Bar[]; caption: string };

const ofCategories = (column: Extract<ReportColumn, { kind: 'category' }>): Figures => {
  const { bars, others } = categoryBars(column);
  const rest = `${others.values} other values changed less: together ${thenNow(others)}.`;
  return { bars, caption: `The values that changed most come first.${others.values === 0 ? '' : ` ${rest}`}` };
};

const ofNumbers = ({ cells, whole, missing }: Extract<ReportColumn, { kind: 'numeric' }>): Figures => ({
  bars: (histogramOf(cells, whole)?.bars ?? []).map((bar) => ({ label: rangeLabel(bar, whole), ...bar })),
  caption: missing.before + missing.now === 0 ? '' : `Missing: ${thenNow(missing)}.`,
});

const thenNow = ({ before, now }: Shares): string => `${percent(before)} of rows then, ${percent(now)} now`;

export const figuresTable = (bars: Bar[]): Html => html`<table>
<thead><tr><th scope="col">value</th><th scope="col">then</th><th scope="col">now</th></tr></thead>
<tbody>
${bars.map(({ label, before, now }) => html`<tr><th scope="row"><bdi>${label}</bdi></th><td>${percent(before)}</td><td>${percent(now)}</td></tr>\n`)}</tbody>
</table>`;
