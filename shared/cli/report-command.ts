import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Check } from '../domain/drift.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { driftReport } from '../report/drift-report.ts';
import { driftPage } from '../report/page.ts';
import { readCheckInputs } from '../report/read-inputs.ts';
import { type Api, path } from './call.ts';
import type { Run } from './run.ts';

type Page<Item> = { items: Item[]; next: string | null };

/** Every item of a list, page by page as far as it is asked for. */
async function* itemsOf<Item>(api: Api, at: string): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const page: Page<Item> = await api.call('GET', at, { query: { cursor } });
    yield* page.items;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}

const isCheckId = (text: string): boolean => /^c[a-z2-7]{30}$/.test(text);

/** The check of this id, or the check of the newest window of the model of this name. Throws `not-found`. */
const findCheck = async (api: Api, name: string): Promise<Check> => {
  if (!isCheckId(name)) return latestCheck(api, name);
  for await (const model of itemsOf<{ name: string }>(api, '/v1/models'))
    for await (const check of itemsOf<Check>(api, path`/v1/models/${model.name}/checks`))
      if (check.id === name) return check;
  throw new DriftlessError('not-found', `There is no check ${name}; \`driftless checks MODEL --json\` lists them.`);
};

const latestCheck = async (api: Api, model: string): Promise<Check> => {
  const { items } = await api.call<Page<Check>>('GET', path`/v1/models/${model}/checks`, { query: { limit: '1' } });
  if (items[0]) return items[0];
  throw new DriftlessError(
    'not-found',
    `There is no check of a model ${model}; \`driftless check MODEL\` makes one, \`driftless models\` lists models.`,
  );
};

export const addReportCommand = (program: Command, run: Run): void => {
  program
    .command('report <check-or-model>')
    .description('a check as one HTML page; of a model: its latest')
    .option('--out <file>', 'where to write it (default: into the store)')
    .action((name: string, { out }: { out?: string }) =>
      run(async ({ api, host }, { print }) => {
        const store = await host.open('store');
        const check = await findCheck(api, name);
        const html = await driftPage(driftReport(check, await readCheckInputs(store, check)));
        const key = `reports/${check.id}.html`;
        if (out === undefined) await store.put(key, html, { contentType: 'text/html; charset=utf-8' });
        else await writeOut(out, html);
        const written = { check: check.id, ...(out === undefined ? { store: store.url, key } : { file: out }) };
        print(written, `${check.sentence}\n${out ?? `${key} in ${store.url} (--out FILE writes a file)`}`);
      }),
    );
};

const writeOut = async (file: string, text: string): Promise<void> => {
  await writeFile(file, text).catch((cause: unknown) => {
    throw new DriftlessError(
      'invalid-input',
      `The file ${file} cannot be written; name one in a folder that is there.`,
      {
        cause,
      },
    );
  });
};
