import { resolve } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import { DriftlessError } from '../kernel/errors.ts';
import type { Ids } from '../kernel/ids.ts';
import type { ObjectStore } from './port.ts';

/**
 * Opens the store that a URL names: `file:./folder`, `file:/folder`, `file:///folder` (percent-encoded where needed) or
 * `mem:`. Only that driver is loaded. Throws `unsupported` for another scheme and `invalid-input` for a malformed URL.
 */
export const openObjectStore = async (url: string, ports: { clock: Clock; ids: Ids }): Promise<ObjectStore> => {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === 'file') {
    const { filesystemObjectStore } = await import('./filesystem.ts');
    return filesystemObjectStore({ root: folderOfUrl(url), ...ports });
  }
  if (scheme === 'mem') {
    const { memoryObjectStore } = await import('./memory.ts');
    return memoryObjectStore(ports);
  }
  throw new DriftlessError(
    'unsupported',
    `A store URL cannot begin with ${scheme ? `"${scheme}:"` : 'no scheme'}; ` +
      'use file:./folder, file:/folder, file:///folder or mem: instead.',
  );
};

/** The absolute folder of a `file:` URL; relative ones start at the working directory. Throws `invalid-input`. */
export const folderOfUrl = (url: string): string => {
  const path = url.replace(/^file:(?:\/\/(?=\/))?/i, '');
  try {
    const folder = decodeURIComponent(path);
    if (folder !== '' && !folder.startsWith('//') && !folder.includes('\0')) return resolve(folder);
  } catch {
    // A stray percent sign: the same advice as for the rest.
  }
  throw new DriftlessError(
    'invalid-input',
    `The store URL ${JSON.stringify(url)} names no folder on this machine; write file:./folder or file:///folder, and %25 for a percent sign.`,
  );
};
