/** A job may print anything; this is how much of it can become metrics. */
export const metricLimits = { names: 200, nameLength: 64, lineLength: 1000 } as const;

const metricLine = /^\s*([A-Za-z_][A-Za-z0-9_.:/-]*)\s*=\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*$/;

/** The metric that a line `name=value` of stdout tells, or null: anything but a finite decimal number is ignored. */
export const metricOf = (line: string): { name: string; value: number } | null => {
  if (line.length > metricLimits.lineLength) return null;
  const [, name, digits] = metricLine.exec(line) ?? [];
  if (name === undefined || digits === undefined || name.length > metricLimits.nameLength) return null;
  const value = Number(digits);
  return Number.isFinite(value) ? { name, value } : null;
};

/** Adds a line's metric, if it has one: the last value of a name wins, and after 200 names no new one is taken. */
export const addMetric = (metrics: Map<string, number>, line: string): void => {
  const metric = metricOf(line);
  if (metric && (metrics.has(metric.name) || metrics.size < metricLimits.names)) metrics.set(metric.name, metric.value);
};

/**
 * The same rule as one regular expression for one named metric, for platforms that read metrics themselves. Its only
 * group is the value.
 */
export const metricPattern = (name: string): string =>
  `^\\s*${name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*=\\s*([+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\\s*$`;
