import type {
  BinarySums,
  Group,
  GroupPerformance,
  MulticlassSums,
  PerformanceSums,
  RegressionSums,
  WindowPerformance,
} from './performance.ts';

/**
 * Of disjoint rows: windows into a day, or the same window from several objects. Integer addition, so the order does
 * not matter; the start is the earliest. Throws RangeError for none, or sums of different kinds.
 */
export const mergePerformance = (parts: WindowPerformance[]): WindowPerformance => {
  const starts = parts.map(({ windowStart }) => windowStart).toSorted();
  return {
    windowStart: starts[0] ?? refuse(),
    sums: mergeSums(parts.map(({ sums }) => sums)),
    unusable: total(parts, ({ unusable }) => unusable),
    groups: mergeGroups(parts.flatMap(({ groups }) => groups)),
  };
};

const mergeGroups = (parts: GroupPerformance[]): GroupPerformance[] =>
  [...Map.groupBy(parts, ({ column, group }) => JSON.stringify([column, rankOf(group), textOf(group)])).values()]
    .flatMap((same) => (same[0] ? [{ ...same[0], sums: mergeSums(same.map(({ sums }) => sums)) }] : []))
    .toSorted(byGroup);

const rankOf = ({ kind }: Group): number => ['value', 'other', 'missing'].indexOf(kind);
const textOf = (group: Group): string => (group.kind === 'value' ? group.value : '');
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The one order of groups: by column, named values first, by text. */
export const byGroup = (a: GroupPerformance, b: GroupPerformance): number =>
  byText(a.column, b.column) || rankOf(a.group) - rankOf(b.group) || byText(textOf(a.group), textOf(b.group));

/** The sum of at least one, all of one kind. */
export const mergeSums = (parts: PerformanceSums[]): PerformanceSums => {
  const [first] = parts;
  if (!first) return refuse();
  const binary = parts.filter((part) => part.task === 'binary');
  const multiclass = parts.filter((part) => part.task === 'multiclass');
  const regression = parts.filter((part) => part.task === 'regression');
  if (binary.length === parts.length) return mergeBinary(binary);
  if (multiclass.length === parts.length) return mergeMulticlass(multiclass);
  return regression.length === parts.length ? mergeRegression(regression) : refuse();
};

const mergeBinary = (parts: BinarySums[]): BinarySums => ({
  task: 'binary',
  rows: total(parts, ({ rows }) => rows),
  truePositives: total(parts, ({ truePositives }) => truePositives),
  falsePositives: total(parts, ({ falsePositives }) => falsePositives),
  trueNegatives: total(parts, ({ trueNegatives }) => trueNegatives),
  falseNegatives: total(parts, ({ falseNegatives }) => falseNegatives),
  scores: mergeScores(parts),
});

const mergeScores = (parts: BinarySums[]): BinarySums['scores'] => {
  const scores = parts.flatMap((part) => part.scores ?? []);
  if (scores.length === 0) return null;
  if (scores.length < parts.length) return refuse();
  const rows = new Map<number, { negatives: number; positives: number }>();
  for (const { cells, negatives, positives } of scores) {
    for (const [index, cell] of cells.entries()) {
      const sum = rows.get(cell) ?? { negatives: 0, positives: 0 };
      sum.negatives += negatives[index] ?? 0;
      sum.positives += positives[index] ?? 0;
      rows.set(cell, sum);
    }
  }
  const sorted = [...rows].toSorted(([a], [b]) => a - b);
  return {
    logLossMicro: total(scores, ({ logLossMicro }) => logLossMicro),
    brierMicro: total(scores, ({ brierMicro }) => brierMicro),
    cells: sorted.map(([cell]) => cell),
    negatives: sorted.map(([, sum]) => sum.negatives),
    positives: sorted.map(([, sum]) => sum.positives),
  };
};

const mergeMulticlass = (parts: MulticlassSums[]): MulticlassSums => {
  const classes = same(parts.map((part) => part.classes));
  const counts = new Map<number, number>();
  const size = classes.length + 1;
  for (const [label, predicted, rows] of parts.flatMap(({ confusion }) => confusion)) {
    const key = label * size + predicted;
    counts.set(key, (counts.get(key) ?? 0) + rows);
  }
  return {
    task: 'multiclass',
    rows: total(parts, ({ rows }) => rows),
    errors: total(parts, ({ errors }) => errors),
    classes,
    confusion: [...counts]
      .toSorted(([a], [b]) => a - b)
      .map(([key, rows]) => [Math.floor(key / size), key % size, rows]),
  };
};

const mergeRegression = (parts: RegressionSums[]): RegressionSums => ({
  task: 'regression',
  rows: total(parts, ({ rows }) => rows),
  unit: same(parts.map(({ unit }) => unit)),
  absolute: String(parts.reduce((sum, { absolute }) => sum + BigInt(absolute), 0n)),
  squares: String(parts.reduce((sum, { squares }) => sum + BigInt(squares), 0n)),
});

const total = <Part>(parts: Part[], of: (part: Part) => number): number =>
  parts.reduce((sum, part) => sum + of(part), 0);

const same = <Value>(values: Value[]): Value => {
  const [first = refuse()] = values;
  return values.every((value) => JSON.stringify(value) === JSON.stringify(first)) ? first : refuse();
};

const refuse = (): never => {
  throw new RangeError('Only sums of the same task, classes, unit and scores add, and at least one is needed');
};
