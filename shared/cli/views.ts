import type * as z from 'zod';
import type { DeadLetterRecord } from '../domain/dead-letter.ts';
import type { Check } from '../domain/drift.ts';
import type { Job } from '../domain/job-record.ts';
import type { Retraining } from '../domain/retraining.ts';
import type { Alias, Version } from '../domain/version.ts';
import type { LineageView, ModelView } from '../domain/views.ts';
import { bytes, clean, minute, numbers, shortDigests, textTable, time } from './render.ts';

/** How each kind of record looks to a person. `--json` prints the record itself. Ordinary ones fit 80 columns. */

export const modelsText = (models: z.infer<typeof ModelView>[]): string =>
  textTable(
    models,
    [
      { title: 'MODEL', of: ({ name }) => name },
      { title: 'CHAMPION', of: ({ champion }) => champion },
      { title: 'TASK', of: ({ manifest }) => manifest?.task ?? 'not declared' },
      { title: 'UPDATED', of: ({ updatedAt }) => time(updatedAt) },
    ],
    'There are no models; `driftless apply FILE` declares one.',
  );

export const versionsText = (versions: Version[]): string =>
  textTable(
    versions,
    [
      { title: 'VERSION', of: ({ version }) => version },
      { title: 'DIGEST', of: ({ digest }) => digest.slice(0, 8) },
      { title: 'SIZE', of: ({ size }) => bytes(size) },
      { title: 'CREATED', of: ({ createdAt }) => minute(createdAt) },
      { title: 'FROM JOB', of: ({ lineage }) => lineage.job?.slice(0, 8) },
      { title: 'METRICS', of: ({ metrics }) => numbers(metrics) },
    ],
    'There are no versions.',
  );

export const lineageText = ({ model, version, lineage, ancestors }: z.infer<typeof LineageView>): string =>
  [{ version, lineage }, ...ancestors]
    .map((step) => {
      const { job, retraining, code, data, parent } = step.lineage;
      const facts = [
        ['job', job],
        ['retraining', retraining],
        ['code', code === undefined ? undefined : shortDigests(code)],
        ['data', data.length === 0 ? undefined : data.map(({ key }) => key).join(', ')],
        ['parent', parent === undefined ? undefined : `${model}@${parent}`],
      ].filter(([, value]) => value !== undefined);
      return [
        `${model}@${step.version}`,
        ...(facts.length === 0 ? ['  registered as it is'] : []),
        ...facts.map(([name, value]) => `  ${`${name}:`.padEnd(12)}${clean(value)}`),
      ].join('\n');
    })
    .join('\n');

export const aliasText = ({ model, alias, version, history, reason }: Alias): string => {
  const before = history[0] ? ` (before: @${history[0].version})` : '';
  return `${model}@${version} is ${alias}${before}: ${clean(reason)}`;
};

export const jobsText = (jobs: Job[]): string =>
  textTable(
    jobs,
    [
      { title: 'JOB', of: ({ id }) => id },
      { title: 'KIND', of: ({ spec }) => spec.kind },
      { title: 'TARGET', of: ({ target }) => target },
      { title: 'STATE', of: ({ state }) => state },
      { title: 'CREATED', of: ({ createdAt }) => time(createdAt) },
    ],
    'There are no jobs.',
  );

export const jobText = (job: Job): string =>
  [
    `${job.id} ${job.state}${job.reason ? `: ${clean(job.reason.detail)}` : ''}`,
    ...[
      ['kind', job.spec.kind],
      ['target', job.target],
      ['created', time(job.createdAt)],
      ['started', time(job.startedAt)],
      ['ended', time(job.endedAt)],
      ['metrics', numbers(job.metrics)],
      ['model', job.model],
      ['output', job.output],
      ['version', job.version],
    ]
      .filter(([, value]) => value !== null && value !== '' && value !== '-')
      .map(([name, value]) => `  ${`${name}:`.padEnd(10)}${clean(value)}`),
  ].join('\n');

export const checkText = ({ id, model, window, sentence, p }: Check): string =>
  `${model} ${time(window.start)}: ${sentence}${p === null ? '' : ` p = ${p.toFixed(3)}`} (check ${id})`;

export const checksText = (checks: Check[]): string =>
  textTable(
    checks,
    [
      { title: 'WINDOW', of: ({ window }) => time(window.start) },
      { title: 'VERDICT', of: ({ verdict }) => verdict },
      { title: 'P', of: ({ p }) => p?.toFixed(3) },
      { title: 'WHY', of: ({ sentence }) => sentence },
    ],
    'There are no checks.',
  );

export const retrainingsText = (runs: Retraining[]): string =>
  textTable(
    runs,
    [
      { title: 'TIME', of: ({ createdAt }) => time(createdAt) },
      { title: 'REASON', of: ({ reason }) => reason },
      { title: 'STATE', of: ({ state }) => state },
      { title: 'DECISION', of: ({ decision }) => decision },
      { title: 'WHY', of: ({ why }) => why },
    ],
    'There are no retrainings.',
  );

export const deadLettersText = (letters: DeadLetterRecord[]): string =>
  letters
    .map(({ id, function: name, event, problem, keptAt }) =>
      [
        `${id}  ${time(keptAt)}  ${name}  ${problem.code}`,
        `  ${clean(event.subject)}`,
        `  ${clean(problem.detail)}`,
      ].join('\n'),
    )
    .join('\n') || 'There are no dead letters.';
