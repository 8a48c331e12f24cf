import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { Duration } from '../domain/names.ts';
import { canonicalJson } from '../kernel/ids.ts';
import { parse } from '../kernel/parse.ts';
import { openLocalTables } from '../tables/open.ts';
import { compareFiles, type DriftOptions, type DriftReport, type ProfileOptions, profileFiles } from './drift-files.ts';
import type { Output } from './output.ts';
import { textTable } from './render.ts';

/** Profiles and distances of files on this machine. No deployment is needed, and none is opened. */
export const addDriftCommands = (program: Command, openOutput: () => Output): void => {
  program
    .command('profile <files...>')
    .description('count the rows of files (Parquet, CSV, JSON Lines) into the cells of a reference')
    .option(
      '--reference <file>',
      'a file to learn the cells from, or a profile that has them (default: the first file)',
    )
    .option('--timestamp <column>', 'the column that places a row in a window (default: one window for all)')
    .option('--window <period>', 'how long a window is', 'P1D')
    .option('--out <file>', 'write the profile there')
    .action(async (files: string[], { out, ...options }: ProfileOptions & { out?: string }) => {
      const window = parse(Duration, options.window, 'The window');
      const profile = await profileFiles(await openLocalTables(), files, { ...options, window });
      if (out !== undefined) await writeFile(out, `${canonicalJson(profile)}\n`);
      const { rows, untimed, windows, bins } = profile;
      const text = `${rows} rows, ${untimed} without a time, ${windows.length} windows, ${Object.keys(bins.columns).length} columns`;
      openOutput().print(profile, out === undefined ? text : `${text}: ${out}`);
    });

  program
    .command('drift')
    .description('how far the columns of one file are from those of another')
    .requiredOption('--reference <file>', 'a file, or a profile')
    .requiredOption('--current <file>', 'a file')
    .addOption(repeated('--column <name>', 'compare this column; may be repeated (default: every column)'))
    .addOption(repeated('--metric <name>', 'by this metric; may be repeated (default: all that apply)'))
    .option('--score <column>', "the model's score, a number")
    .option('--prediction <column>', "the model's prediction")
    .option('--label <column>', 'the truth')
    .option('--group <column>', 'a group')
    .action(async (options: DriftOptions) => {
      const report = await compareFiles(await openLocalTables(), options);
      openOutput().print(report, driftText(report));
    });
};

const repeated = (flags: string, description: string): Option =>
  new Option(flags, description).default([], 'none').argParser<string[]>((value, earlier) => [...earlier, value]);

const digits = (value: number): string => String(Number(value.toPrecision(4)));

const driftText = ({ rows, columns }: DriftReport): string => {
  const lines = Object.entries(columns).flatMap(([column, measures]) =>
    Object.entries(measures).map(([metric, measure]) => ({ column, metric, ...measure })),
  );
  const table = textTable(
    lines,
    [
      { title: 'COLUMN', of: ({ column }) => column },
      { title: 'METRIC', of: ({ metric }) => metric },
      { title: 'VALUE', of: ({ value }) => digits(value) },
      { title: 'BETWEEN', of: ({ low, high }) => (low === high ? 'exact' : `${digits(low)} and ${digits(high)}`) },
    ],
    'There is no column to compare.',
  );
  return `${rows.reference} rows of reference, ${rows.current} of current\n${table}`;
};
