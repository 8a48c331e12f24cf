import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ObjectStore } from '../object-store/port.ts';

/** Files on this machine, by path, to be read as tables. */
export const localFiles: Pick<ObjectStore, 'stream'> = {
  stream: async (path) => {
    const info = await stat(path).catch(() => null);
    if (!info?.isFile()) return null;
    const { size, mtime } = info;
    return {
      key: path,
      size,
      version: mtime.toISOString(),
      modifiedAt: mtime.toISOString(),
      body: createReadStream(path),
    };
  },
};
