import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { DriftlessError } from '../kernel/errors.ts';
import type { ObjectStore } from '../object-store/port.ts';

export type TableFormat = 'parquet' | 'csv' | 'json-lines';

/** The object of `key`, copied to the local `path` and decompressed. */
export type StagedFile = { key: string; path: string; format: TableFormat };

const formats: { endings: string[]; format: TableFormat }[] = [
  { endings: ['.parquet'], format: 'parquet' },
  { endings: ['.csv', '.csv.gz', '.csv.zst'], format: 'csv' },
  { endings: ['.jsonl', '.ndjson', '.jsonl.gz', '.ndjson.gz', '.jsonl.zst', '.ndjson.zst'], format: 'json-lines' },
];

/** Throws `unreadable` when the key's ending names no format. */
export const formatOf = (key: string): TableFormat => {
  const name = key.toLowerCase();
  const known = formats.find(({ endings }) => endings.some((ending) => name.endsWith(ending)));
  if (known) return known.format;
  const endings = formats.flatMap((row) => row.endings).join(', ');
  throw new DriftlessError('unreadable', `The file ${key} has an unknown ending. These can be read: ${endings}.`);
};

/** Streams the object into the folder. Throws `not-found`, `unreadable` (empty, or badly compressed), `unavailable`. */
export const stageFile = async (
  store: Pick<ObjectStore, 'stream'>,
  folder: string,
  key: string,
): Promise<StagedFile> => {
  const format = formatOf(key);
  const object = await store.stream(key);
  if (!object) throw new DriftlessError('not-found', `There is no file ${key} in the store.`);
  const path = join(folder, 'data');
  try {
    await pipeline(object.body, decompression(key), createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    throw stageFailure(key, error);
  }
  if ((await stat(path)).size === 0) throw new DriftlessError('unreadable', `The file ${key} is empty.`);
  return { key, path, format };
};

/** Node's decompression, not DuckDB's: that one takes a truncated gzip file for a shorter file. */
const decompression = (key: string): Transform => {
  if (/\.gz$/i.test(key)) return createGunzip();
  if (/\.zst$/i.test(key)) return createZstdDecompress();
  return new PassThrough();
};

const stageFailure = (key: string, error: unknown): DriftlessError => {
  if (error instanceof DriftlessError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^Z(STD)?_/.test(code)
    ? new DriftlessError('unreadable', `The file ${key} is cut off or not compressed as its ending says.`, {
        cause: error,
      })
    : new DriftlessError('unavailable', `The file ${key} could not be copied from the store. Try again.`, {
        cause: error,
      });
};
