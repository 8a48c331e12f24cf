import { Command, CommanderError } from 'commander';
import type { Running } from '../hosts/local/up.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { addDriftCommands } from './drift-commands.ts';
import { addJobCommands } from './job-commands.ts';
import { addOperateCommands } from './operate-commands.ts';
import { openOutput, printProblem } from './output.ts';
import { addMonitoringCommands, addRegistryCommands } from './registry-commands.ts';
import { addReportCommand } from './report-command.ts';
import type { Run } from './run.ts';
import type { Session } from './session.ts';

export type ProgramOptions = {
  version: string;
  /** Opens the deployment that `--store` names, or the environment. */
  openSession(store: string | undefined): Promise<Session>;
  up(store: string | undefined, port: number): Promise<Running>;
};

/** The command line of DESIGN.md §10. Answers with the exit code: 0 done, 1 failed, 2 refused. */
export const runProgram = async (argv: string[], options: ProgramOptions): Promise<number> => {
  const program = new Command('driftless')
    .description('Put a model in a bucket: registered, watched, retrained when it drifts, promoted when it is better.')
    .version(options.version)
    .option('--store <url>', 'which Driftless (default: DRIFTLESS_STORE, else file:./.driftless)')
    .option('--json', 'print one JSON document and nothing else')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  const global = (): { store?: string; json?: boolean } => program.opts();
  const run: Run = async (command) =>
    command(await options.openSession(global().store), openOutput(global().json ?? false));

  addUpCommand(program, options, global);
  addRegistryCommands(program, run);
  addJobCommands(program, run);
  addMonitoringCommands(program, run);
  addReportCommand(program, run);
  addOperateCommands(program, run);
  addDriftCommands(program, () => openOutput(global().json ?? false));
  try {
    await program.parseAsync(hoistGlobals(argv), { from: 'user' });
    return 0;
  } catch (error) {
    const isJson = global().json ?? false;
    if (!(error instanceof CommanderError)) return printProblem(error, isJson);
    if (error.exitCode === 0) return 0;
    return isJson ? printProblem(wrongUse(error), isJson) : 2; // commander has told people on stderr
  }
};

const wrongUse = ({ code, message }: CommanderError): DriftlessError => {
  const what = code === 'commander.help' ? 'a command is missing' : message.replace(/^error: /, '');
  return new DriftlessError('invalid-input', `The command line is not valid: ${what}; see --help.`);
};

/** `--json` and `--store` may stand anywhere, as people write them. */
const hoistGlobals = (argv: string[]): string[] => {
  const front: string[] = [];
  const rest: string[] = [];
  const end = argv.indexOf('--');
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i] ?? '';
    const isGlobal = (end < 0 || i < end) && (word === '--json' || word === '--store' || word.startsWith('--store='));
    (isGlobal ? front : rest).push(word);
    if (isGlobal && word === '--store') front.push(argv[(i += 1)] ?? '');
  }
  return [...front, ...rest];
};

const addUpCommand = (
  program: Command,
  { up }: ProgramOptions,
  global: () => { store?: string; json?: boolean },
): void => {
  program
    .command('up')
    .description('every function on this machine, watching the store')
    .option('--port <n>', 'the port on 127.0.0.1; 0 for any', '8787')
    .action(async ({ port }: { port: string }) => {
      const running = await up(global().store, Number(port));
      const { url, token } = running;
      openOutput(global().json ?? false).print(
        { url, token },
        `Driftless is up at ${url}\ntoken: ${token}\nStop it with Ctrl-C.`,
      );
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      await running.close();
    });
};
