import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { lineSplitter } from './local-log.ts';
import { killProcesses } from './local-processes.ts';
import { RunFailure, systemErrorCode } from './local-runs.ts';

const keptErrorLines = 10;
const keptErrorCharacters = 2000;

export type Command = {
  command: string[];
  folder: string;
  environment: Record<string, string>;
  /** An entry of `environment`, `NAME=value`, that no other run has. */
  cookie: string;
  onStart: () => Promise<void>;
  onOutput: (stream: 'stdout' | 'stderr', line: string) => void;
  signal: AbortSignal;
  graceMs: number;
};

type Exit = { code: number | null; killedBy: NodeJS.Signals | null };

/**
 * Runs a command without a shell, in a process group of its own, and leaves none of its processes behind however it
 * ends. Resolves when it exits with 0; throws `RunFailure` (`no-command`, `exit-code`, `signal`), or the abort reason.
 */
export const runCommand = async (options: Command): Promise<void> => {
  const { command, signal, cookie, graceMs } = options;
  signal.throwIfAborted();
  const child = await start(options);
  const closed = once(child, 'close').catch(() => {});
  const errorLines = collectOutput(child, options.onOutput);
  const exited = exitOf(child);
  await options.onStart();

  const exit = await Promise.race([exited, aborted(signal)]);
  await killProcesses({ cookie, group: child.pid }, graceMs);
  await Promise.race([closed, wait(2000, undefined, { ref: false })]);
  if (exit === 'aborted') throw signal.reason;
  if (exit.code === 0) return;
  const said = errorLines().join('\n').slice(-keptErrorCharacters);
  throw exit.code === null
    ? new RunFailure('signal', `The command ${command[0]} was killed by ${exit.killedBy}. ${said}`.trim())
    : new RunFailure('exit-code', `The command ${command[0]} ended with code ${exit.code}. ${said}`.trim(), exit.code);
};

const start = async ({ command, folder, environment }: Command): Promise<ChildProcess> => {
  const [program = '', ...programArguments] = command;
  try {
    const child = spawn(program, programArguments, {
      cwd: folder,
      env: environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await once(child, 'spawn');
    return child;
  } catch (error) {
    const cause = systemErrorCode(error) ?? 'unknown error';
    throw new RunFailure('no-command', `The command ${JSON.stringify(program)} could not be started (${cause}).`);
  }
};

/** Returns what tells the last lines of stderr. */
const collectOutput = (child: ChildProcess, onOutput: Command['onOutput']): (() => string[]) => {
  const lastErrors: string[] = [];
  for (const name of ['stdout', 'stderr'] as const) {
    const lines = lineSplitter((line) => {
      onOutput(name, line);
      if (name === 'stderr') lastErrors.push(line);
      if (lastErrors.length > keptErrorLines) lastErrors.shift();
    });
    child[name]?.on('data', lines.push).on('end', lines.end);
  }
  return () => lastErrors;
};

const exitOf = async (child: ChildProcess): Promise<Exit> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { code: child.exitCode, killedBy: child.signalCode };
};

const aborted = async (signal: AbortSignal): Promise<'aborted'> => {
  if (!signal.aborted) await once(signal, 'abort');
  return 'aborted';
};
