import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Check } from '../shared/domain/drift.ts';
import { systemClock } from '../shared/kernel/clock.ts';
import { systemIds } from '../shared/kernel/ids.ts';
import { filesystemObjectStore } from '../shared/object-store/filesystem.ts';
import { driftless, type Ran } from './e2e/driftless.ts';

const model = 'shop';
const column = '<b>price</b>';
const day = 86_400_000;
const firstDay = Date.parse('2026-01-01T00:00:00.000Z');
/** One day's rows; `shift` moves every price. */
const rows = (index: number, shift: number): string =>
  Array.from({ length: 100 }, (_, i) => {
    const date = new Date(firstDay + index * day + i * 1000).toISOString();
    return JSON.stringify({ date, id: `${index}-${i}`, [column]: ((i * 7 + index * 13) % 50) + shift });
  }).join('\n');

let folder: string;
let check: Check;
const run = (...words: string[]): Promise<Ran> => driftless(folder, ...words);
const done = async (...words: string[]): Promise<Ran> => {
  const ran = await run(...words);
  if (ran.code !== 0) throw new Error(`driftless ${words.join(' ')}: ${ran.stderr}`);
  return ran;
};

/** A data file in the inbox, and the function that reads it. */
const bringData = async (name: string, text: string): Promise<void> => {
  const key = `inbox/data/${model}/${name}`;
  await mkdir(join(folder, 'store/inbox/data', model), { recursive: true });
  await writeFile(join(folder, 'store', key), text);
  const input = { store: 'file:', key, size: text.length, version: '1' };
  await writeFile(join(folder, 'input.json'), JSON.stringify(input));
  await done('invoke', 'profile-data', '--event', 'input.json');
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'driftless-report-'));
  const data = { timestamp: 'date', predictionId: 'id', features: [column] };
  const manifest = { apiVersion: 'driftless.dev/v1', model, task: 'none', data };
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'weights.bin'), 'weights');
  await done('apply', 'model.json');
  await bringData('history.jsonl', Array.from({ length: 30 }, (_, index) => rows(index, 0)).join('\n'));
  await done('artifact', 'register', model, 'weights.bin');
  await done('promote', `${model}@1`);
  await bringData('today.jsonl', rows(30, 25));
  check = JSON.parse((await done('check', model, '--json')).stdout) as Check;
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

describe('driftless report', () => {
  it('writes the page of a check to the file that is named', async () => {
    expect(check.verdict).toBe('drift');
    const { stdout } = await done('report', check.id, '--out', 'page.html');
    expect(stdout).toContain('page.html');
    const page = await readFile(join(folder, 'page.html'), 'utf8');
    expect(page).toContain('The column that moved');
    expect(page).toContain('&lt;b&gt;price&lt;/b&gt;');
    expect(page).not.toContain(column);
    expect(page.match(/<svg/g)).toHaveLength(1);
  });

  it('writes the latest check of a model into the store, and says where', async () => {
    const { stdout } = await done('report', model, '--json');
    const written = JSON.parse(stdout) as { check: string; key: string };
    expect(written).toMatchObject({ check: check.id, key: `reports/${check.id}.html` });
    await done('report', check.id, '--out', 'same.html');
    const store = await filesystemObjectStore({ root: join(folder, 'store'), clock: systemClock, ids: systemIds });
    const stored = await store.get(written.key);
    expect(Buffer.from(stored?.body ?? []).toString()).toBe(await readFile(join(folder, 'same.html'), 'utf8'));
  });

  it('refuses what is not there, and a place that cannot be written', async () => {
    const refused = [
      [['report', `c${'a'.repeat(30)}`], `There is no check c${'a'.repeat(30)}`],
      [['report', 'unknown-model'], 'unknown-model'],
      [['report', check.id, '--out', 'no/such/folder.html'], 'no/such/folder.html cannot be written'],
    ] as const;
    for (const [words, why] of refused) {
      const { code, stderr } = await run(...words);
      expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
    }
  });

  it('says so when rows came after the check', async () => {
    await bringData('late.jsonl', rows(30, 0));
    await done('report', check.id, '--out', 'late.html');
    expect(await readFile(join(folder, 'late.html'), 'utf8')).toContain('came or went after the check');
  });
});
