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
    const { zombie, startTicks } = await readStat(String(pid));
    return zombie ? null : `${boot.trim()}:${startTicks}`;
  } catch {
    return null;
  }
};

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const readStat = async (pid: string) => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The second field, the command in brackets, may hold anything: fields 3, 5 and 22 are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { zombie: fields[0] === 'Z', group: Number(fields[2]), startTicks: fields[19] };
};

/** How a run's processes are known: its process group, and an entry `NAME=value` in their environment. */
export type ProcessMarks = { cookie: string; group?: number | undefined };

/**
 * Ends every process of a run, wherever it went: a daemon leaves its group but keeps its environment. They are asked
 * first (TERM) and, after `graceMs`, made to (KILL). Resolves when none is left.
 */
export const killProcesses = async (marks: ProcessMarks, graceMs: number): Promise<void> => {
  const deadline = performance.now() + graceMs;
  let left = await signalAll(marks, 'SIGTERM');
  while (left > 0 && performance.now() < deadline) {
    await wait(50);
    left = (await processesOf(marks)).length;
  }
  // A process may fork while it is being killed: repeat, but not for ever, as one in a dead device's wait stays.
  for (let round = 0; left > 0 && round < 100; round += 1) {
    left = await signalAll(marks, 'SIGKILL');
    if (left > 0) await wait(20);
  }
};

/** How many processes there were to signal. */
const signalAll = async (marks: ProcessMarks, signal: NodeJS.Signals): Promise<number> => {
  const found = await processesOf(marks);
  for (const pid of found) sendSignal(pid, signal);
  return found.length;
};

const sendSignal = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile, or is not ours to end.
  }
};

/** Zombies do not count: they have ended, and only their parent can remove them. */
const processesOf = async (marks: ProcessMarks): Promise<number[]> =>
  (onLinux ? await linuxProcesses(marks) : await listedProcesses(marks)).filter((pid) => pid !== process.pid);

const linuxProcesses = async ({ cookie, group }: ProcessMarks): Promise<number[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const stat = await readStat(pid);
        if (stat.zombie) return [];
        if (stat.group === group) return [Number(pid)];
        const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
        return `\0${environment}`.includes(`\0${cookie}\0`) ? [Number(pid)] : [];
      } catch {
        return []; // ended, or another user's
      }
    }),
  );
  return found.flat();
};

/** `ps e` shows environments after the commands, on macOS and the BSDs as on Linux. */
const listedProcesses = async ({ cookie, group }: ProcessMarks): Promise<number[]> => {
  const { stdout } = await run('ps', ['axeww', '-o', 'pid=,pgid=,stat=,command='], { maxBuffer: 64 * 1024 * 1024 });
  return stdout.split('\n').flatMap((line) => {
    const [pid, processGroup, state = 'Z'] = line.trim().split(/\s+/);
    const marked = Number(processGroup) === group || `${line} `.includes(` ${cookie} `);
    return marked && !state.startsWith('Z') ? [Number(pid)] : [];
  });
};
