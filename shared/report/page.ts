import { drawChart, chartOf } from './charts.ts';
import { columnFigures, figuresTable } from './column-figures.ts';
import type { DriftReport, ReportColumn } from './drift-report.ts';
import { count, percent, probability, utc } from './figures.ts';
import { type Html, html, inertSvg, textOfHtml } from './html.ts';
import { style } from './style.ts';

/** More charts than this say less; the other columns that moved are in the table, and marked there. */
const mostCharts = 12;

/**
 * The report as one HTML document: no script, no reference out of it, the same bytes for the same report. Its policy
 * forbids what its markup does not hold anyway.
 */
export const driftPage = async (report: DriftReport): Promise<string> => {
  const moved = report.columns.filter(({ atFault }) => atFault);
  const drawn = moved.length > 0 ? moved.slice(0, mostCharts) : report.columns.slice(0, 1);
  const sections: Html[] = [];
  for (const column of drawn) sections.push(await columnSection(column, `column-${sections.length + 1}`));
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${titleOf(report)}</title>
${style}
</head>
<body>
<main class="${report.verdict}">
${head(report)}
${sections.length === 0 ? null : html`<h2>${movedTitle(moved.length, drawn.length)}</h2>`}
${sections}
${others(report.columns.filter((column) => !drawn.includes(column)))}
${leftOut(report.leftOut)}
${reading}
${foundation(report)}
</main>
</body>
</html>
`;
  return textOfHtml(page);
};

const verdicts = { drift: 'Drift', 'no-drift': 'No drift', 'not-enough-data': 'Not enough data' };
const reasons = { 'sudden-shift': 'Sudden shift', 'slow-shift': 'Slow shift', performance: 'Performance' };

const titleOf = ({ verdict, model, window }: DriftReport): string =>
  `${verdicts[verdict]}: ${model}, ${utc(window.start)}`;

const head = ({
  model,
  champion,
  sentence,
  reason,
  window,
  reference,
  hasWindowChanged,
  ...report
}: DriftReport): Html => {
  const facts = [
    ...(reason === null ? [] : [reasons[reason]]),
    ...(report.p === null ? [] : [`p = ${probability(report.p)}`]),
    ...(report.m === null ? [] : [`m = ${report.m.toPrecision(3)}`]),
    ...(report.effect === null ? [] : [`effect ${percent(report.effect)} of rows`]),
  ];
  return html`<p class="soft">${model}@${champion}, ${utc(window.start)} to ${utc(window.end)} UTC</p>
<h1>${sentence.replaceAll(/(?<=\d) (?=%)/g, '\u00a0')}</h1>
<p>${facts.length === 0 ? null : `${facts.join(', ')}. `}Then: ${count(reference.rows)} rows of ${count(reference.windows)} reference windows. Now: ${count(window.rows)} rows.</p>
${hasWindowChanged ? html`<p><strong>Rows of this window came or went after the check</strong>; the charts show them as they are now.</p>` : null}`;
};

const movedTitle = (moved: number, drawn: number): string => {
  if (moved === 0) return 'The most unusual column';
  if (moved === 1) return 'The column that moved';
  return moved === drawn ? `The ${moved} columns that moved` : `The first ${drawn} of ${moved} columns that moved`;
};

const columnSection = async (column: ReportColumn, id: string): Promise<Html> => {
  const spec = chartOf(column);
  const { description, caption, bars } = columnFigures(column);
  const chart = spec && inertSvg(await drawChart(spec), { id, title: `${column.name}, then and now`, description });
  return html`<h3><bdi>${column.name}</bdi></h3>
<p class="soft">score ${percent(column.score)}, usually ${percent(column.usual)}, at most ${percent(column.highest)} in the reference${column.p === null ? null : `; p = ${probability(column.p)}`}</p>
${
  chart &&
  html`<figure>
<div class="scroll">${chart}</div>
<figcaption>${keysOf(column)}. ${caption}</figcaption>
</figure>
<details><summary>The figures</summary>${figuresTable(bars)}</details>`
}
`;
};

const keysOf = ({ kind }: ReportColumn): Html =>
  kind === 'numeric'
    ? html`<span class="key area"></span>then (area) <span class="key line"></span>now (line)`
    : html`<span class="key hollow"></span>then (hollow) <span class="key solid"></span>now (solid)`;

const others = (columns: ReportColumn[]): Html | null =>
  columns.length === 0
    ? null
    : html`<h2>All other columns</h2>
<div class="scroll"><table>
<thead><tr><th scope="col">column</th><th scope="col">score</th><th scope="col">usual</th><th scope="col">highest</th><th scope="col">p</th></tr></thead>
<tbody>
${columns.map(
  ({ name, score, usual, highest, p, atFault }) =>
    html`<tr><th scope="row"><bdi>${name}</bdi>${atFault ? ' (moved)' : null}</th><td>${percent(score)}</td><td>${percent(usual)}</td><td>${percent(highest)}</td><td>${probability(p)}</td></tr>
`,
)}</tbody>
</table></div>`;

const leftOut = (names: string[]): Html | null =>
  names.length === 0
    ? null
    : html`<h2>Left out</h2>
<p>Not compared, because within a window each holds a single value, which changes from window to window: ${names.map((name, i) => html`${i === 0 ? null : ', '}<bdi>${name}</bdi>`)}.</p>`;

const reading = html`<h2>How to read this</h2>
<p>A category’s score is the share of rows that would have to hold another value for now to look like then, a number’s the largest difference between the shares of rows up to any one value (Kolmogorov–Smirnov); usual and highest are the median and the largest score of the reference windows, each against the others. p is the share of checks without any drift that would look at least as unusual, so that drift is a p no larger than the rate of false alarms that the policy accepts, together with an effect of at least its minimum.</p>`;

const foundation = ({ check, checkedAt, model, champion, window, digests }: DriftReport): Html => {
  const facts: [string, string | null][] = [
    ['champion', `${model}@${champion}`],
    ['window', `${utc(window.start)} to ${utc(window.end)} UTC, ${count(window.rows)} rows`],
    ['its counts', digests.window],
    ['baseline', digests.baseline],
    ['bins', digests.bins],
    ['policy', digests.policy],
    ['state before', digests.previous],
  ];
  return html`<h2>What the verdict follows from</h2>
<dl>
${facts.map(([name, value]) => (value === null ? null : html`<dt>${name}</dt><dd><code>${value}</code></dd>\n`))}</dl>
<p class="soft">The same of these is the same verdict, to the bit; the digests are SHA-256. Check <code>${check}</code>, made ${utc(checkedAt)} UTC.</p>`;
};
