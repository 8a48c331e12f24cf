import type { Command } from 'commander';
import type * as z from 'zod';
import type { Check } from '../domain/drift.ts';
import { Manifest } from '../domain/model.ts';
import type { Retraining } from '../domain/retraining.ts';
import type { Alias, Version } from '../domain/version.ts';
import type { LineageView, ModelView } from '../domain/views.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { parse } from '../kernel/parse.ts';
import { path } from './call.ts';
import { readManifests, removeUpload, uploadArtifact } from './files.ts';
import type { Run } from './run.ts';
import { aliasText, checksText, checkText, lineageText, modelsText, retrainingsText, versionsText } from './views.ts';

type Page<Item> = { items: Item[]; next: string | null };
type PageOptions = { cursor?: string; limit?: string };

const paged = (command: Command): Command =>
  command.option('--limit <n>', 'at most so many').option('--cursor <c>', 'continue after a page: its `next`');

/** `flights@3` → model and version. Throws `invalid-input`. */
const parseRef = (ref: string): { model: string; version: number } => {
  const [, model = '', version] = /^([^@]+)@(\d+)$/.exec(ref) ?? [];
  if (model === '')
    throw new DriftlessError('invalid-input', `Write ${JSON.stringify(ref)} as MODEL@VERSION, for example flights@3.`);
  return { model, version: Number(version) };
};

/** Models, versions and aliases. */
export const addRegistryCommands = (program: Command, run: Run): void => {
  program
    .command('apply <file-or-folder>')
    .description('declare models from a manifest, or from a folder of them')
    .action((source: string) =>
      run(async ({ api }, { print }) => {
        const applied: z.infer<typeof ModelView>[] = [];
        const documents = await readManifests(source);
        const manifests = documents.map(({ file, document }) => parse(Manifest, document, `The manifest ${file}`));
        for (const manifest of manifests) {
          applied.push(await api.call('PUT', path`/v1/models/${manifest.model}`, { body: manifest }));
        }
        print(applied.length === 1 ? applied[0] : { items: applied, next: null }, modelsText(applied));
      }),
    );

  paged(program.command('models').description('every model')).action((query: PageOptions) =>
    run(async ({ api }, { print }) => {
      const page = await api.call<Page<z.infer<typeof ModelView>>>('GET', '/v1/models', { query });
      print(page, modelsText(page.items));
    }),
  );

  paged(program.command('versions <model>').description('the versions of a model, newest first')).action(
    (model: string, query: PageOptions) =>
      run(async ({ api }, { print }) => {
        const page = await api.call<Page<Version>>('GET', path`/v1/models/${model}/versions`, { query });
        print(page, versionsText(page.items));
      }),
  );

  program
    .command('lineage <model@version>')
    .description('where a version comes from')
    .action((ref: string) =>
      run(async ({ api }, { print }) => {
        const { model, version } = parseRef(ref);
        const lineage = await api.call<z.infer<typeof LineageView>>(
          'GET',
          path`/v1/models/${model}/versions/${version}/lineage`,
        );
        print(lineage, lineageText(lineage));
      }),
    );

  program
    .command('promote <model@version>')
    .description('make a version the champion')
    .option('--reason <text>', 'why', 'on request')
    .action((ref: string, { reason }: { reason: string }) =>
      run(async ({ api, settle }, { print }) => {
        const { model, version } = parseRef(ref);
        const alias = await api.call<Alias>('PUT', path`/v1/models/${model}/aliases/champion`, {
          body: { version, reason },
        });
        await settle();
        print(alias, aliasText(alias));
      }),
    );

  program
    .command('rollback <model>')
    .description('make the champion what it was before')
    .option('--reason <text>', 'why', 'on request')
    .action((model: string, { reason }: { reason: string }) =>
      run(async ({ api, settle }, { print }) => {
        const alias = await api.call<Alias>('POST', path`/v1/models/${model}/rollback`, { body: { reason } });
        await settle();
        print(alias, aliasText(alias));
      }),
    );

  program
    .command('artifact')
    .description('artifacts of models')
    .command('register <model> <paths...>')
    .description('make files, or a folder, a version of a model')
    .action((model: string, paths: string[]) =>
      run(async ({ api, host, settle }, { print }) => {
        const prefix = `artifacts/${model}/upload-${host.ids.next()}/`;
        const store = await host.open('store');
        const location = await uploadArtifact(store, paths, prefix);
        const version = await api.call<Version>('POST', path`/v1/models/${model}/versions`, { body: { location } });
        if (version.location !== location) await removeUpload(store, prefix);
        await settle();
        print(version, `${model}@${version.version} ${version.digest}`);
      }),
    );
};

/** Checks and retrainings. */
export const addMonitoringCommands = (program: Command, run: Run): void => {
  program
    .command('check <model>')
    .description('check the latest window, or the named one')
    .option('--window <start>', 'the start of the window, as 2001-03-01T00:00:00.000Z')
    .action((model: string, { window }: { window?: string }) =>
      run(async ({ api, settle }, { print }) => {
        const body = window === undefined ? {} : { windowStart: window.split('/')[0] };
        const check = await api.call<Check>('POST', path`/v1/models/${model}/checks`, { body });
        await settle();
        print(check, checkText(check));
      }),
    );

  paged(program.command('checks <model>').description('past checks, newest window first')).action(
    (model: string, query: PageOptions) =>
      run(async ({ api }, { print }) => {
        const page = await api.call<Page<Check>>('GET', path`/v1/models/${model}/checks`, { query });
        print(page, checksText(page.items));
      }),
  );

  program
    .command('retrain <model>')
    .description('ask for a retraining')
    .option('--reason <text>', 'why', 'on request')
    .action((model: string, { reason }: { reason: string }) =>
      run(async ({ api, settle }, { print }) => {
        const retraining = await api.call<Retraining>('POST', path`/v1/models/${model}/retrainings`, {
          body: { reason },
        });
        await settle();
        print(retraining, retrainingsText([retraining]));
      }),
    );

  paged(program.command('retrainings <model>').description('retrainings, and why there was none')).action(
    (model: string, query: PageOptions) =>
      run(async ({ api, settle }, { print }) => {
        await settle();
        const page = await api.call<Page<Retraining>>('GET', path`/v1/models/${model}/retrainings`, { query });
        print(page, retrainingsText(page.items));
      }),
  );
};
