import { join } from 'node:path';
import { wrap } from '../../shared/cli/render.ts';
import type { Version } from '../../shared/domain/version.ts';
import { startMachine } from './machine.ts';
import { daysBetween } from './prepare.ts';
import {
  bringJanuary,
  bringLabels,
  championOf,
  declareModel,
  liveOneDay,
  outcomeOf,
  promote,
  registered,
  type Story,
  trainFirstModel,
} from './story.ts';
import { type Day, dayText, endText, metric, number, retrainingText } from './tell.ts';

/** The days that are lived through one by one. */
const days = daysBetween('2001-03-01', '2001-03-10');

const json = process.argv.includes('--json');
const say = (text: string): void => {
  (json ? process.stderr : process.stdout).write(`${text}\n`);
};

const begin = async (story: Story): Promise<number> => {
  const rows = await bringJanuary(story);
  say(`January 2001: ${number(rows)} flights read once, as counts by day.`);
  const { metrics } = await trainFirstModel(story);
  const [loss, base] = [metric(metrics, 'validation:log-loss'), metric(metrics, 'validation:base-log-loss')];
  say(wrap(`Trained on January: log loss ${loss} on flights held out, ${base} when always saying the base rate.`));
  const { version } = await registered(story);
  const windows = await promote(story, version);
  say(
    wrap(`Its artifact, dropped in the inbox, is version ${version}, and champion. ${windows} days are its baseline.`),
  );
  return rows;
};

const live = async (story: Story): Promise<Day[]> => {
  const lived: Day[] = [];
  for (const [index, day] of days.entries()) {
    const yesterday = days[index - 1];
    if (yesterday) await bringLabels(story, yesterday);
    const { check, flights } = await liveOneDay(story, day);
    say(dayText(day, flights, check));
    const retraining = check.verdict === 'drift' ? await outcomeOf(story, check) : null;
    if (retraining) say(retrainingText(retraining));
    lived.push({ day, flights, check, retraining });
  }
  return lived;
};

/** The run as one document. */
const documentOf = (rows: number, lived: Day[], { version, metrics }: Version, seconds: number) => ({
  rows,
  days: lived.length,
  checks: lived.length,
  alarms: lived
    .filter(({ check }) => check.verdict === 'drift')
    .map(({ check: { window, reason, columns, p, effect } }) => ({
      window: `${window.start}/${window.period}`,
      reason,
      columns,
      p,
      m: null,
      effect,
    })),
  retrainings: lived.flatMap(({ retraining }) => (retraining ? [summaryOf(retraining)] : [])),
  champion: { version, metrics },
  seconds,
});

const summaryOf = ({ id, reason, state, candidates, decision, why, promoted }: NonNullable<Day['retraining']>) => ({
  id,
  reason,
  state,
  candidates: candidates.map(({ job, state: ended, metrics }) => ({ job, state: ended, metrics })),
  decision,
  why,
  promoted,
});

const startedAt = performance.now();
const folder = join(process.cwd(), '.driftless-demo');
const machine = await startMachine(folder, '2001-02-01T00:05:00.000Z');
try {
  say(`${wrap(`Everything happens in ${folder}, through the same functions that run in a cloud.`)}\n`);
  const story = await declareModel(machine, folder);
  const rows = await begin(story);
  say('');
  const lived = await live(story);
  const champion = await championOf(story);
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  say(`\n${endText(lived)}\n`);
  say(`The champion is version ${champion.version}. It took ${seconds} s.`);
  if (json) process.stdout.write(`${JSON.stringify(documentOf(rows, lived, champion, seconds), null, 2)}\n`);
} finally {
  await machine.close();
}
