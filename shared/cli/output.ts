import { errorTable, type Problem, problemOf } from '../kernel/errors.ts';
import { clean } from './render.ts';

export type Output = {
  /** The command's result: the record with `--json`, else what a person reads. */
  print(record: unknown, text: string): void;
  /** Progress and prose, never on stdout. */
  say(text: string): void;
};

export const openOutput = (json: boolean): Output => ({
  print: (record, text) => process.stdout.write(`${json ? JSON.stringify(record, null, 2) : text}\n`),
  say: (text) => process.stderr.write(`${text}\n`),
});

/** Prints the problem and answers with the exit code: 2 for what was refused, 1 for what failed. */
export const printProblem = (error: unknown, json: boolean): number => {
  const problem = problemOf(error);
  if (json) process.stdout.write(`${JSON.stringify(problem, null, 2)}\n`);
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
