import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ProcessIdentity } from './local-runs.ts';

const run = promisify(execFile);
const onLinux = process.platform === 'linux';

/** Who this process is, for `isAlive` in another process at another time. */
export const ownIdentity = async (): Promise<ProcessIdentity> => ({
  pid: process.pid,
  startTime: (await startTimeOf(process.pid)) ?? 'unknown',
});

/** False also when the id has passed to another process, and for a zombie. */
export const isAlive = async ({ pid, startTime }: ProcessIdentity): Promise<boolean> =>
  pid > 0 && (await startTimeOf(pid)) === startTime;

const startTimeOf = async (pid: number): Promise<string | null> => {
  try {
    if (!onLinux) return (await run('ps', ['-o', 'lstart=', '-p', String(pid)])).stdout.trim() || null;
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    // The second field, the command in brackets, may hold anything; fields 3 and 22 are counted from its end.
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : `${boot.trim()}:${fields[19]}`;
  } catch {
    return null;
  }
};

/** The processes whose environment holds `cookie` (`NAME=value`), wherever they went: a daemon leaves its group but keeps it. */
const processesWith = async (cookie: string): Promise<number[]> => {
  if (!onLinux) {
    const { stdout } = await run('ps', ['axeww', '-o', 'pid=,command='], { maxBuffer: 64 * 1024 * 1024 });
    const lines = stdout.split('\n').filter((line) => line.includes(cookie));
    return lines.map((line) => Number.parseInt(line, 10)).filter((pid) => pid !== process.pid);
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.startsWith(cookie) || environment.includes(`\0${cookie}`) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
};

/**
 * Ends every process of a run: those of its process group and those that carry its cookie. They are asked first (TERM)
 * and, after `graceMs`, made to (KILL). Resolves when none is left.
 */
export const killProcesses = async (cookie: string, graceMs: number, group?: number): Promise<void> => {
  const deadline = performance.now() + graceMs;
  let left = await signalAll(cookie, 'SIGTERM', group);
  while (left > 0 && performance.now() < deadline) {
    await wait(50);
    left = await signalAll(cookie, 0, group);
  }
  // A process may fork while it is being killed: repeat, but not for ever, as one in a dead device's wait stays.
  for (let round = 0; left > 0 && round < 100; round += 1) {
    left = await signalAll(cookie, 'SIGKILL', group);
    if (left > 0) await wait(20);
  }
};

/** How many targets the signal reached. Signal 0 only asks. */
const signalAll = async (cookie: string, signal: NodeJS.Signals | 0, group?: number): Promise<number> => {
  const targets = [...(group === undefined ? [] : [-group]), ...(await processesWith(cookie))];
  return targets.filter((target) => sendSignal(target, signal)).length;
};

const sendSignal = (target: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    process.kill(target, signal);
    return true;
  } catch {
    return false;
  }
};
