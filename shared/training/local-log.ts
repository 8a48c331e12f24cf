import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import type { LogPage } from './port.ts';
import { systemErrorCode } from './local-runs.ts';

const maxLogBytes = 64 * 1024 * 1024;
const maxLineCharacters = 16 * 1024;
const pageBytes = 1024 * 1024;

export type LogWriter = { write(line: string): void; close(): void };

/**
 * Appends lines to a log file, whole lines only, and stops with a note at 64 MiB. A log that cannot be written (a full
 * disk) ends silently: it must not end the job.
 */
export const openLog = (file: string): LogWriter => {
  const descriptor = openSync(file, 'a');
  let bytes = fstatSync(descriptor).size;
  let full = bytes >= maxLogBytes;
  const append = (text: string): void => {
    try {
      // Synchronous on purpose: lines of stdout and stderr keep their order, and a flood waits for the disk.
      bytes += writeSync(descriptor, text);
    } catch {
      full = true;
    }
  };
  return {
    write: (line) => {
      if (full) return;
      append(`${line}\n`);
      if (bytes < maxLogBytes) return;
      append('driftless: the log is full; nothing more is kept of it.\n');
      full = true;
    },
    close: () => closeSync(descriptor),
  };
};

/** Calls `onLine` for each line of a stream, and for each 16 Ki characters of a longer one. */
export const lineSplitter = (onLine: (line: string) => void) => {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    for (; rest.length > maxLineCharacters; rest = rest.slice(maxLineCharacters)) {
      onLine(rest.slice(0, maxLineCharacters));
    }
  };
  return {
    push: (chunk: Buffer) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end());
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
};

/** At most `limit` lines from byte `after` on. `next` is there whenever the page holds a line. */
export const readLog = async (file: string, after: number, limit: number): Promise<LogPage> => {
  const bytes = await readBytes(file, after);
  const lines: string[] = [];
  let position = 0;
  for (let end = bytes.indexOf(10); end >= 0 && lines.length < limit; end = bytes.indexOf(10, position)) {
    lines.push(bytes.toString('utf8', position, end));
    position = end + 1;
  }
  return lines.length > 0 ? { lines, next: String(after + position) } : { lines };
};

const readBytes = async (file: string, start: number): Promise<Buffer> => {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(pageBytes), 0, pageBytes, start);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
};
