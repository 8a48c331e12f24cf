import { createHash } from 'node:crypto';
import { isoTime } from '../../shared/kernel/clock.ts';

export const dayMs = 24 * 3600 * 1000;
export const rowsPerDay = 10;

/** The first byte of a hash, as a share: what this small world takes for chance in its contents. */
const shareOf = (...parts: (string | number)[]): number =>
  (createHash('sha1').update(parts.join('|')).digest()[0] ?? 0) / 256;

export type FileOfRows = { model: string; day: number; drifted: boolean; salt: string };

const idsOf = ({ model, day }: Pick<FileOfRows, 'model' | 'day'>): string[] =>
  Array.from({ length: rowsPerDay }, (_, row) => `${model}-${day}-${row}`);

const timeOf = (start: number, day: number, row: number): string =>
  isoTime(start + day * dayMs + Math.floor((row * dayMs) / rowsPerDay));

/** The truth about a prediction follows from its id, so that every model can be good or bad at it. */
const isLate = (id: string): boolean => shareOf('late', id) < 0.5;

const lines = (rows: object[]): string => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;

/** A day of inference data: one number and one category, both elsewhere when drifted. */
export const dataRows = (start: number, file: FileOfRows): string =>
  lines(
    idsOf(file).map((id, row) => ({
      id,
      ts: timeOf(start, file.day, row),
      x: (file.drifted ? 50 : 0) + ((row * 3 + Math.floor(shareOf(file.salt, id) * 2)) % 7),
      c: file.drifted ? 'new' : ['a', 'b'][row % 2],
    })),
  );

export const labelRows = (start: number, file: Pick<FileOfRows, 'model' | 'day'>): string =>
  lines(idsOf(file).map((id, row) => ({ id, ts: timeOf(start, file.day, row), y: isLate(id) })));

/** `quality`: how sure the model is of the truth, from 0.5 (it guesses) to 1. */
export const modelBytes = (quality: number, name: string): string => JSON.stringify({ quality, name });

export const qualityOf = (model: string): number => (JSON.parse(model) as { quality: number }).quality;

/** What a model makes of the rows of a data file. */
export const predictionRows = (data: string, quality: number): string =>
  lines(
    data
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { id: string }).id)
      .map((id) => ({ id, p: isLate(id) ? quality : 1 - quality })),
  );
