import type { Command } from 'commander';
import type { DeadLetterRecord } from '../domain/dead-letter.ts';
import type { CloudEvent } from '../kernel/cloud-event.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { invoke } from '../kernel/invoke.ts';
import { nearest } from '../kernel/parse.ts';
import { path } from './call.ts';
import { readDocument } from './files.ts';
import type { Run } from './run.ts';
import { deadLettersText } from './views.ts';

/** What an operator needs: run one function, look at what could not be processed, deliver it again. */
export const addOperateCommands = (program: Command, run: Run): void => {
  program
    .command('invoke <function>')
    .description('run one function once, as its host would')
    .option('--event <file>', 'a CloudEvent, or the input itself')
    .action((name: string, { event: file }: { event?: string }) =>
      run(async ({ table, host, settle }, { print }) => {
        const fn = table.find((row) => row.name === name);
        if (!fn)
          throw unknownFunction(
            name,
            table.map((row) => row.name),
          );
        const document = file === undefined ? {} : await readDocument(file);
        const outcome = await invoke(
          fn,
          isCloudEvent(document) ? { input: document.data, event: document } : { input: document },
          host,
        );
        await settle();
        if (outcome.kind !== 'done')
          throw new DriftlessError(outcome.problem.code, outcome.problem.detail, {
            faults: outcome.problem.faults ?? [],
          });
        print(outcome.output, JSON.stringify(outcome.output, null, 2));
      }),
    );

  program
    .command('dead-letters')
    .description('events that could not be processed, and why')
    .option('--limit <n>', 'at most so many')
    .option('--cursor <c>', 'continue after a page: its `next`')
    .action((query: { limit?: string; cursor?: string }) =>
      run(async ({ api }, { print }) => {
        const page = await api.call<{ items: DeadLetterRecord[]; next: string | null }>('GET', '/v1/dead-letters', {
          query,
        });
        print(page, deadLettersText(page.items));
      }),
    );

  program
    .command('replay <id>')
    .description('deliver the event of a dead letter again')
    .action((id: string) =>
      run(async ({ api, settle }, { print }) => {
        const letter = await api.call<DeadLetterRecord>('POST', path`/v1/dead-letters/${id}/replay`);
        await settle();
        print(letter, `Delivered ${letter.event.id} to its functions again.`);
      }),
    );
};

const isCloudEvent = (document: unknown): document is CloudEvent =>
  typeof document === 'object' && document !== null && 'specversion' in document && 'data' in document;

const unknownFunction = (name: string, known: string[]): DriftlessError => {
  const near = nearest(name, known);
  return new DriftlessError(
    'not-found',
    `There is no function ${name}${near ? `; did you mean ${near}?` : `; there are ${known.join(', ')}.`}`,
  );
};
