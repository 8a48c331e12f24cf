import { join } from 'node:path';
import type { Check } from '../../shared/domain/drift.ts';
import type { Retraining } from '../../shared/domain/retraining.ts';
import { startMachine } from './machine.ts';
import { dayAfter, daysBetween } from './prepare.ts';
import {
  bringJanuary,
  bringLabels,
  championOf,
  declareModel,
  liveOneDay,
  outcomeOf,
  promote,
  registered,
  trainFirstModel,
} from './story.ts';

/** The days that are lived through one by one. */
const firstDay = '2001-03-01';
const lastDay = '2001-03-09';

const json = process.argv.includes('--json');
const say = (text: string): void => {
  (json ? process.stderr : process.stdout).write(`${text}\n`);
};

const number = (value: number): string => value.toLocaleString('en-US');
const metric = (metrics: Record<string, number>, name: string): string => metrics[name]?.toFixed(4) ?? '-';

const tellCheck = (day: string, flights: number, { verdict, sentence, p }: Check): void =>
  say(
    `${day}  ${number(flights).padStart(6)} flights  ${verdict === 'drift' ? 'DRIFT   ' : 'no drift'}  p = ${p?.toFixed(3) ?? '-'}\n            ${sentence}`,
  );

const tellRetraining = ({ state, decision, candidates, why, promoted }: Retraining): void => {
  if (state === 'suppressed') return say(`            No retraining: ${why}`);
  for (const { job, state: ended, metrics } of candidates)
    say(
      `            candidate ${job.slice(0, 8)} ${ended}, log loss in training ${metric(metrics, 'validation:log-loss')}`,
    );
  say(
    `            ${decision === 'promoted' ? `Promoted version ${promoted}` : `The champion stays (${decision})`}: ${why}`,
  );
};

const startedAt = performance.now();
const folder = join(process.cwd(), '.driftless-demo');
const machine = await startMachine(folder, '2001-02-01T00:05:00.000Z');
try {
  say(`Everything happens in ${folder}, through the same functions that run in a cloud.\n`);
  const story = await declareModel(machine, folder);
  const rows = await bringJanuary(story);
  say(`January 2001: ${number(rows)} flights read once, as counts by day.`);
  const training = await trainFirstModel(story);
  say(
    `Trained on January: log loss ${metric(training.metrics, 'validation:log-loss')} on flights held out, ${metric(training.metrics, 'validation:base-log-loss')} when always saying the base rate.`,
  );
  const first = await registered(story);
  const windows = await promote(story, first.version);
  say(
    `Its artifact, dropped in the inbox, is version ${first.version}, and champion. ${windows} days of January are its baseline.\n`,
  );

  const alarms: Check[] = [];
  const retrainings: Retraining[] = [];
  const days = daysBetween(firstDay, dayAfter(lastDay));
  for (const day of days) {
    if (day > firstDay) await bringLabels(story, days[days.indexOf(day) - 1] ?? day);
    const { check, flights } = await liveOneDay(story, day);
    tellCheck(day, flights, check);
    if (check.verdict !== 'drift') continue;
    alarms.push(check);
    const retraining = await outcomeOf(story, check);
    retrainings.push(retraining);
    tellRetraining(retraining);
  }

  const champion = await championOf(story);
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  say(
    `\nAfter ${days.length} days and ${alarms.length} alarms the champion is version ${champion.version}. It took ${seconds} s.`,
  );
  if (json) {
    const report = {
      rows,
      days: days.length,
      checks: days.length,
      alarms: alarms.map(({ window, reason, columns, p, effect }) => ({
        window: `${window.start}/${window.period}`,
        reason,
        columns: columns.slice(0, 3),
        p,
        m: null,
        effect,
      })),
      retrainings: retrainings.map(({ id, reason, candidates, decision, why, promoted }) => ({
        id,
        reason,
        candidates: candidates.map(({ job, state, metrics }) => ({ job, state, metrics })),
        decision,
        why,
        promoted,
      })),
      champion: { version: champion.version, metrics: champion.metrics },
      seconds,
    };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  }
} finally {
  await machine.close();
}
