import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dayAfter, daysBetween, writeFlights } from './prepare.ts';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
const run = promisify(execFile);

/** Runs a script under the training contract and returns its metric lines. */
const runScript = async (script: string, environment: Record<string, string>): Promise<Record<string, number>> => {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await run(process.execPath, [path], { env: { ...process.env, ...environment } });
  return Object.fromEntries(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => metricOf(line)),
  );
};

const metricOf = (line: string): [string, number] => {
  const [name = '', value] = line.split('=');
  return [name, Number(value)];
};

const mean = (scores: number[]): number => scores.reduce((sum, score) => sum + score, 0) / scores.length;

const train = async (model: string, hyperparameters: object): Promise<Record<string, number>> => {
  await mkdir(at(model), { recursive: true });
  return runScript('train.js', {
    SM_CHANNEL_TRAINING: at('features'),
    SM_CHANNEL_LABELS: at('labels'),
    SM_MODEL_DIR: at(model),
    SM_HPS: JSON.stringify(hyperparameters),
  });
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flights-'));
  for (const day of daysBetween('2001-01-10', '2001-01-12')) {
    const paths = { featuresPath: at('features', `${day}.parquet`), labelsPath: at('labels', `${day}.parquet`) };
    await writeFlights({ from: day, to: dayAfter(day), ...paths });
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('trains a model that beats the base rate, the same bytes every time', async () => {
  const metrics = await train('model', {});
  expect(metrics['rows']).toBe(16_663 + 16_700);
  expect(metrics['validation:log-loss']).toBeLessThan((metrics['validation:base-log-loss'] ?? 0) - 0.005);
  await train('again', {});
  expect(await readFile(at('again', 'model.json'))).toEqual(await readFile(at('model', 'model.json')));
});

it('uses only the last days when a window is given', async () => {
  expect((await train('recent', { window: '1d' }))['rows']).toBeLessThan(17_000);
});

it('scores each flight of a day with its own id and time', async () => {
  await train('scoring', { epochs: 1 });
  await mkdir(at('output'));
  await mkdir(at('day'));
  const features = at('day', 'flights.parquet');
  await writeFlights({ from: '2001-03-07', to: '2001-03-08', featuresPath: features, labelsPath: at('late.parquet') });
  const channels = { SM_CHANNEL_MODEL: at('scoring'), SM_CHANNEL_DATA: at('day'), SM_OUTPUT_DATA_DIR: at('output') };
  expect(await runScript('predict.js', channels)).toEqual({ rows: 17_065 });

  const [header, ...lines] = (await readFile(at('output', 'predictions.csv'), 'utf8')).trimEnd().split('\n');
  expect(header).toBe('id,date,score,prediction');
  const flights = await parquetReadObjects({ file: await asyncBufferFromFile(features) });
  expect(lines.map((line) => line.split(',').slice(0, 2))).toEqual(
    flights.map((flight) => [String(flight['id']), new Date(Number(flight['date'])).toISOString()]),
  );
  const scores = lines.map((line) => Number(line.split(',')[2]));
  expect(scores.every((score) => score > 0 && score < 1)).toBe(true);
  const scoresFrom = (hour: number) => scores.filter((_, row) => Number(flights[row]?.['hour']) === hour);
  expect(mean(scoresFrom(21))).toBeGreaterThan(mean(scoresFrom(7)));
});
