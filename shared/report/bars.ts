import type { CategoryCell, ColumnCells, NumericCell, Shares } from './column-cells.ts';
import { figure } from './figures.ts';
import { visible } from './html.ts';

/** One bar of a chart, or one row of its table. */
export type Bar = { label: string } & Shares;

const mostCategories = 10;

/** The values whose shares changed most, and what all the others hold together. Labels are distinct. */
export const categoryBars = ({ cells, missing }: Extract<ColumnCells, { kind: 'category' }>) => {
  const ranked = [...cells, { label: '(missing)', ...missing }]
    .filter(({ before, now }) => before + now > 0)
    .toSorted((a, b) => changeOf(b) - changeOf(a));
  const rest = ranked.slice(mostCategories);
  return {
    bars: distinct(ranked.slice(0, mostCategories)),
    others: { values: rest.length, before: sum(rest, 'before'), now: sum(rest, 'now') },
  };
};

export const changeOf = ({ before, now }: Shares): number => Math.abs(now - before);

const sum = (cells: Shares[], side: keyof Shares): number => cells.reduce((total, cell) => total + cell[side], 0);

/** Two values may look alike, cut short or made visible; a chart would draw them as one. */
const distinct = (cells: CategoryCell[]): Bar[] => {
  const seen = new Map<string, number>();
  return cells.map(({ label, ...shares }) => {
    const shown = label.trim() === '' ? blank(label) : shorten(visible(label));
    const times = (seen.get(shown) ?? 0) + 1;
    seen.set(shown, times);
    return { label: times === 1 ? shown : `${shown} (${times})`, ...shares };
  });
};

const blank = (label: string): string => (label === '' ? '(empty)' : '(blank)');

const longest = 28;
const shorten = (text: string): string => {
  const characters = Array.from(text);
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join('')}…`;
};

/** What the bar of a histogram holds, in words. */
export const rangeLabel = ({ low, high }: NumericCell, whole: boolean): string => {
  if (low === null) return `at most ${figure((high ?? 0) - (whole ? 0.5 : 0))}`;
  if (high === null) return whole ? `at least ${figure(low + 0.5)}` : `over ${figure(low)}`;
  if (!whole) return `${figure(low)} to ${figure(high)}`;
  const [first, last] = [figure(low + 0.5), figure(high - 0.5)];
  return first === last ? first : `${first} to ${last}`;
};
