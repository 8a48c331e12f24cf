import type { Counted } from './rates.ts';
import type { Scorer } from './scorer.ts';
import type { Scored } from './spread.ts';

/** One signal of one window against its reference, before it is compared with history. */
export type Measure = { column: string; metric: string } & (
  | ({ kind: 'distance' | 'loss' } & Scored)
  | { kind: 'rate'; reference: Counted; window: Counted }
);

export const nameOf = ({ column, metric }: { column: string; metric: string }): string => `${metric} ${column}`;

/** The column of the realised loss: it belongs to the model, not to a feature. */
export const lossColumn = '(performance)';

/** Every signal of a window with rows; the loss only where both sides have labels. */
export const measureAll = <Profile>(scorer: Scorer<Profile>, reference: Profile, window: Profile): Measure[] => {
  const rows = { reference: scorer.rows(reference), window: scorer.rows(window) };
  const inverseRows = 1 / Math.max(rows.window, 1) + 1 / Math.max(rows.reference, 1);
  return [
    ...scorer.distances.map(
      ({ column, metric, score }): Measure => ({
        kind: 'distance',
        column,
        metric,
        score: score(reference, window),
        inverseRows,
      }),
    ),
    ...scorer.rates.map(
      ({ column, metric, count }): Measure => ({
        kind: 'rate',
        column,
        metric,
        reference: { count: count(reference), rows: rows.reference },
        window: { count: count(window), rows: rows.window },
      }),
    ),
    ...measureLoss(scorer, reference, window),
  ];
};

const measureLoss = <Profile>({ loss }: Scorer<Profile>, reference: Profile, window: Profile): Measure[] => {
  const [past, now] = [loss?.of(reference), loss?.of(window)];
  if (!loss || !past || !now || past.rows === 0 || now.rows === 0) return [];
  const inverseRows = 1 / now.rows + 1 / past.rows;
  return [{ kind: 'loss', column: lossColumn, metric: loss.metric, score: now.mean - past.mean, inverseRows }];
};
