import type { Check } from '../../shared/domain/drift.ts';
import type { Retraining } from '../../shared/domain/retraining.ts';
import { textTable, wrap } from '../../shared/cli/render.ts';

/** What a person reads while the story runs, and at its end: 80 columns. */

export type Day = { day: string; flights: number; check: Check; retraining: Retraining | null };

const indent = 12;

export const number = (value: number): string => value.toLocaleString('en-US');
export const metric = (metrics: Record<string, number>, name: string): string => metrics[name]?.toFixed(4) ?? '-';

export const dayText = (day: string, flights: number, { verdict, sentence, p }: Check): string => {
  const mark = verdict === 'drift' ? 'DRIFT   ' : 'no drift';
  const head = `${day}  ${number(flights).padStart(6)} flights  ${mark}  p = ${p?.toFixed(3) ?? '-'}`;
  return `${head}\n${wrap(sentence, indent)}`;
};

export const retrainingText = ({ state, decision, candidates, why, promoted }: Retraining): string => {
  if (state === 'suppressed') return wrap(`No retraining: ${why}`, indent);
  const trained = candidates.map(({ job, state: ended, metrics }) =>
    wrap(
      `Candidate ${job.slice(0, 8)} ${ended}: log loss ${metric(metrics, 'validation:log-loss')} in training.`,
      indent,
    ),
  );
  const decided = decision === 'promoted' ? `Version ${promoted} is promoted.` : 'The champion stays.';
  return [...trained, wrap(`${decided} ${why}`, indent)].join('\n');
};

export const endText = (days: Day[]): string =>
  textTable(
    days.filter(({ check }) => check.verdict === 'drift'),
    [
      { title: 'ALARM', of: ({ day }) => day },
      {
        title: 'COLUMNS',
        of: ({ check }) =>
          check.columns
            .slice(0, 2)
            .map(({ name }) => name)
            .join(', '),
      },
      { title: 'RETRAINING', of: ({ retraining }) => retraining?.decision ?? retraining?.state },
      { title: 'GAIN', of: ({ retraining }) => gainOf(retraining) },
    ],
    'There was no alarm.',
  );

/** In log loss on the held-out days, with the least that is certain. */
const gainOf = (retraining: Retraining | null): string => {
  const gate = retraining?.candidates.find((candidate) => candidate.gate)?.gate;
  if (!gate || gate.meanGain === null || gate.lowerGain === null) return '-';
  return `${gate.meanGain.toFixed(4)}, at least ${gate.lowerGain.toFixed(4)}`;
};
