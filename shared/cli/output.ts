import { errorTable, type Problem, problemOf } from '../kernel/errors.ts';
import { clean } from './render.ts';

export type Output = {
  /** The command's result: the record with `--json`, else what a person reads. */
  print(record: unknown, text: string): void;
  /** Progress and prose, never on stdout. */
  say(text: string): void;
};

export const openOutput = (json: boolean): Output => ({
  print: (record, text) => {
    process.stdout.write(`${json ? jsonText(record) : harmless(text)}\n`);
    const next = (record as { next?: unknown } | null)?.next;
    if (!json && typeof next === 'string') process.stderr.write(`There is more: --cursor ${harmless(next)}\n`);
  },
  say: (text) => process.stderr.write(`${harmless(text)}\n`),
});

/** Whatever a record holds, a terminal must not obey it. */
const harmless = (text: string): string => text.replaceAll(/[^\P{Cc}\n]/gu, ' ');

/** JSON lets DEL and the C1 controls through; escaped, they are the same document. */
const jsonText = (record: unknown): string =>
  JSON.stringify(record, null, 2).replaceAll(
    /[\u007f-\u009f]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Prints the problem and answers with the exit code: 2 for what was refused, 1 for what failed. */
export const printProblem = (error: unknown, json: boolean): number => {
  const problem = problemOf(error);
  if (json) process.stdout.write(`${jsonText(problem)}\n`);
  else process.stderr.write(`driftless: ${problemText(problem)}\n`);
  return errorTable[problem.code].retry ? 1 : 2;
};

const mostFaults = 50;

/** One sentence, or a headline and a line for each fault. */
const problemText = ({ detail, faults: [first, ...others] = [] }: Problem): string => {
  const list = first ? detail.indexOf(`: ${first.path}: `) : -1;
  if (!first || list < 0) return clean(detail);
  const lines = [first, ...others]
    .slice(0, mostFaults)
    .map(({ path, message }) => `  ${clean(path)}: ${clean(message)}`);
  return [`${clean(detail.slice(0, list))}:`, ...lines].join('\n');
};
