import type { BinSet } from '../domain/bins.ts';
import { type MetricName, metricNames, metrics, metricsFor } from '../domain/metrics/table.ts';
import type { Measure } from '../domain/metrics/metric.ts';
import { noCounts } from '../domain/counts.ts';
import { durationMs } from '../domain/names.ts';
import { mergeByWindow, ProfileDocument } from '../domain/profile-document.ts';
import { mergeWindowProfiles } from '../domain/window-profile.ts';
import { DriftlessError } from '../kernel/errors.ts';
import { nearest, parse } from '../kernel/parse.ts';
import type { ColumnRequest, TableReader } from '../tables/port.ts';
import { readDocument } from './files.ts';

export type ProfileOptions = { reference?: string; timestamp?: string; window: string };

/** Files as one profile, in the cells of the reference, or else of the first file. */
export const profileFiles = async (
  tables: TableReader,
  files: string[],
  { reference, timestamp, window }: ProfileOptions,
): Promise<ProfileDocument> => {
  const bins = await binsOf(tables, reference ?? files[0] ?? '', null);
  const counted = [];
  for (const file of files) {
    counted.push(await tables.count(file, { timestamp: timestamp ?? null, windowMs: durationMs(window), bins }));
  }
  return {
    kind: 'driftless-profile',
    rows: counted.reduce((sum, { rows }) => sum + rows, 0),
    untimed: counted.reduce((sum, { untimed }) => sum + (untimed?.rows ?? 0), 0),
    bins,
    windows: mergeByWindow(counted.flatMap(({ windows }) => windows)),
  };
};

const isProfile = (file: string): boolean => /\.json$/i.test(file);

const readProfile = async (file: string): Promise<ProfileDocument> =>
  parse(ProfileDocument, await readDocument(file), `The profile ${file}`);

const binsOf = async (tables: TableReader, file: string, columns: ColumnRequest[] | null): Promise<BinSet> =>
  isProfile(file) ? (await readProfile(file)).bins : tables.learn(file, { columns });

export type DriftOptions = {
  reference: string;
  current: string;
  column: string[];
  metric: string[];
  score?: string;
  prediction?: string;
  label?: string;
  group?: string;
};

export type DriftReport = {
  rows: { reference: number; current: number };
  columns: Record<string, Partial<Record<MetricName, Measure>>>;
};

/**
 * The metrics of each column, the cells learnt from the reference. Without names: every column of the reference, and
 * every metric that has a meaning for the column. Predictions, labels and groups are categories, even as numbers.
 */
export const compareFiles = async (tables: TableReader, options: DriftOptions): Promise<DriftReport> => {
  const wanted = options.metric.map(metricName);
  const { bins, windows: before } = await referenceOf(tables, options);
  const now = await tables.count(options.current, { timestamp: null, windowMs: 1, bins });
  const [reference, current] = [before, now.windows].map((windows) =>
    windows.length > 0 ? mergeWindowProfiles(windows) : null,
  );
  const columns = Object.entries(bins.columns).map(([name, column]) => {
    const [then, later] = [reference?.columns[name] ?? noCounts(), current?.columns[name] ?? noCounts()];
    const measures = (wanted.length > 0 ? wanted : metricsFor(column)).map(
      (metric) => [metric, metrics[metric](column, then, later)] as const,
    );
    return [name, Object.fromEntries(measures)] as const;
  });
  return {
    rows: { reference: reference?.rows ?? 0, current: current?.rows ?? 0 },
    columns: Object.fromEntries(columns),
  };
};

const metricName = (name: string): MetricName => {
  const known = metricNames.find((metric) => metric === name);
  if (known) return known;
  const near = nearest(name, metricNames);
  throw new DriftlessError(
    'invalid-input',
    `There is no metric ${name}${near ? `; did you mean ${near}?` : `; there are ${metricNames.join(', ')}.`}`,
  );
};

/** Nobody keeps these cells, so there may be many: up to twice as many distinct values are compared exactly. */
const fine = 10_000;

const referenceOf = async (
  tables: TableReader,
  options: DriftOptions,
): Promise<Pick<ProfileDocument, 'bins' | 'windows'>> => {
  const columns = columnsOf(options);
  const names = columns?.map(({ name }) => name);
  if (isProfile(options.reference)) return keepColumns(await readProfile(options.reference), names, options.reference);
  const bins = await tables.learn(options.reference, {
    columns,
    ...(names && names.length <= 20 ? { resolution: fine } : {}),
  });
  const { windows } = await tables.count(options.reference, { timestamp: null, windowMs: 1, bins });
  return { bins, windows };
};

/** Null for every column of the file. */
const columnsOf = ({ column, score, prediction, label, group }: DriftOptions): ColumnRequest[] | null => {
  const categories = [prediction, label, group].filter((name) => name !== undefined);
  const roles: ColumnRequest[] = [
    ...(score === undefined ? [] : [{ name: score, type: 'numeric' } as const]),
    ...categories.map((name) => ({ name, type: 'category' }) as const),
  ];
  const named = column.filter((name) => !roles.some((role) => role.name === name)).map((name) => ({ name }));
  return named.length + roles.length === 0 ? null : [...named, ...roles];
};

const keepColumns = (
  { bins, windows }: ProfileDocument,
  names: string[] | undefined,
  file: string,
): Pick<ProfileDocument, 'bins' | 'windows'> => {
  if (!names) return { bins, windows };
  const lacking = names.find((name) => !(name in bins.columns));
  if (lacking !== undefined) {
    throw new DriftlessError('invalid-input', `The profile ${file} lacks the column ${JSON.stringify(lacking)}.`);
  }
  const columns = Object.fromEntries(Object.entries(bins.columns).filter(([name]) => names.includes(name)));
  return { bins: { ...bins, columns, outcome: null }, windows };
};
