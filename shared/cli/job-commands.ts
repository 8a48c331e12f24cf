import type { Command } from 'commander';
import { JobSpec } from '../domain/job.ts';
import type { Job } from '../domain/job-record.ts';
import { parse } from '../kernel/parse.ts';
import { jobTarget, planJob } from '../training/submit.ts';
import { path } from './call.ts';
import { readDocument } from './files.ts';
import { clean } from './render.ts';
import type { Run } from './run.ts';
import { jobsText, jobText } from './views.ts';

type Target = { target?: string };

const withTarget = (document: unknown, { target }: Target): unknown =>
  target === undefined || typeof document !== 'object' ? document : { ...document, target };

export const addJobCommands = (program: Command, run: Run): void => {
  const job = program.command('job').description('jobs on any target');

  job
    .command('plan <file>')
    .description("the vendor's request as JSON; no call is made")
    .option('--target <t>', 'where it would run')
    .action((file: string, options: Target) =>
      run(async ({ host }, { print }) => {
        const spec = parse(JobSpec, withTarget(await readDocument(file), options), `The job ${file}`);
        const platform = await (await host.open('training')).platform(jobTarget(spec));
        const plan = planJob(platform, { idempotencyKey: 'plan', spec });
        print(plan, JSON.stringify(plan, null, 2));
      }),
    );

  job
    .command('submit <file>')
    .description('run a job')
    .option('--target <t>', 'where to run it')
    .option('--key <key>', 'idempotency key: the same key again is the same job')
    .action((file: string, { key, ...options }: Target & { key?: string }) =>
      run(async ({ api, settle }, { print }) => {
        const body = parse(JobSpec, withTarget(await readDocument(file), options), `The job ${file}`);
        const submitted = await api.call<Job>('POST', '/v1/jobs', {
          body,
          ...(key === undefined ? {} : { idempotencyKey: key }),
        });
        await settle();
        print(submitted, jobText(submitted));
      }),
    );

  job
    .command('list')
    .description('jobs, newest first')
    .option('--model <m>', 'of one model')
    .option('--limit <n>', 'at most so many')
    .option('--cursor <c>', 'continue after a page: its `next`')
    .action((query: { model?: string; limit?: string; cursor?: string }) =>
      run(async ({ api, settle }, { print }) => {
        await settle();
        const page = await api.call<{ items: Job[]; next: string | null }>('GET', '/v1/jobs', { query });
        print(page, jobsText(page.items));
      }),
    );

  job
    .command('show <id>')
    .description('one job')
    .action((id: string) =>
      run(async ({ api, settle }, { print }) => {
        await settle();
        const shown = await api.call<Job>('GET', path`/v1/jobs/${id}`);
        print(shown, jobText(shown));
      }),
    );

  job
    .command('logs <id>')
    .description('what a job printed')
    .action((id: string) =>
      run(async ({ api }, { print }) => {
        const items: string[] = [];
        let cursor: string | undefined;
        do {
          const page: { items: string[]; next: string | null } = await api.call('GET', path`/v1/jobs/${id}/logs`, {
            query: { cursor },
          });
          items.push(...page.items);
          cursor = page.next ?? undefined;
        } while (cursor !== undefined);
        print({ items, next: null }, items.map(clean).join('\n'));
      }),
    );

  job
    .command('stop <id>')
    .description('stop a job')
    .action((id: string) =>
      run(async ({ api, settle }, { print }) => {
        const stopped = await api.call<Job>('POST', path`/v1/jobs/${id}/stop`);
        await settle();
        print(stopped, jobText(stopped));
      }),
    );
};
