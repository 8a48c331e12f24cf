import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const program = join(import.meta.dirname, '../../bin/driftless.js');
const environmentOf = (folder: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: folder,
  DRIFTLESS_STORE: `file:${join(folder, 'store')}`,
});

/** Asks until there is an answer other than null, until the deadline. The error names what there was not. */
export const eventually = async <Answer>(
  what: string,
  ask: () => Promise<Answer | null>,
  { seconds = 30, everyMs = 100 } = {},
): Promise<Answer> => {
  for (const deadline = performance.now() + seconds * 1000; performance.now() < deadline; await wait(everyMs)) {
    const answer = await ask();
    if (answer !== null) return answer;
  }
  throw new Error(`In ${seconds} seconds there was no ${what}.`);
};

export type Ran = { code: number | null; stdout: string; stderr: string };

const textOf = (stream: NodeJS.ReadableStream | null): (() => string) => {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
};

/** Runs `driftless …` to its end, as a person would in `folder`; its store is the folder's `store`. */
export const driftless = async (folder: string, ...parameters: string[]): Promise<Ran> => {
  const child = spawn(process.execPath, [program, ...parameters], { cwd: folder, env: environmentOf(folder) });
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: stdout(), stderr: stderr() };
};

export type Host = Awaited<ReturnType<typeof startDriftless>>;

/** `driftless up --json` on a free port, with a client that carries its token. Stop it, or kill it. */
export const startDriftless = async (folder: string) => {
  const child = spawn(process.execPath, [program, 'up', '--port', '0', '--json'], {
    cwd: folder,
    env: environmentOf(folder),
  });
  const stderr = textOf(child.stderr);
  const { url, token } = await announced(child, stderr);

  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  /** The answer's JSON. Throws when it is a problem. */
  const call = async <Answer = Record<string, unknown>>(...request: Parameters<typeof send>): Promise<Answer> => {
    const response = await send(...request);
    const json: unknown = await response.json();
    if (!response.ok) throw new Error(`${request[0]} ${request[1]}: ${JSON.stringify(json)}`);
    return json as Answer;
  };
  const list = async <Item>(path: string): Promise<Item[]> => (await call<{ items: Item[] }>('GET', path)).items;
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const exit = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null;
    child.kill(signal);
    await exit;
    return child.exitCode;
  };
  return {
    url,
    token,
    stderr,
    send,
    call,
    list,
    everyJobEnds: (seconds = 60) =>
      eventually(
        'end of every job',
        async () => {
          const jobs = await list<{ settled: boolean }>('/v1/jobs');
          return jobs.every(({ settled }) => settled) ? jobs : null;
        },
        { seconds },
      ),
    /** As Ctrl-C does. The exit code. */
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
};

const announced = (child: ChildProcess, stderr: () => string): Promise<{ url: string; token: string }> =>
  new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.trimEnd().endsWith('}')) resolve(JSON.parse(text) as { url: string; token: string });
    });
    child.once('exit', (code) => reject(new Error(`driftless up ended with ${code}: ${stderr()}`)));
  });
