import { fewestWindows } from './budget.ts';
import type { Comparison, Policy } from './compare.ts';
import { lossColumn } from './measure.ts';
import type { CalibratedVerdict, SignalVerdict } from './verdict.ts';

/** A score in its unit: sd, a share of rows, or the loss's own. */
const inUnit = (metric: string, value: number): string => {
  if (metric === 'wasserstein:std') return `${value.toFixed(3)} sd`;
  const isShare = ['ks', 'tvd', 'linf', 'missing-rate', 'unseen-rate'].includes(metric);
  return isShare ? `${(value * 100).toFixed(2)} % of rows` : value.toPrecision(4);
};

const at = ({ name, metric, score, usual, limit }: SignalVerdict): string =>
  `${name === lossColumn ? 'performance' : name} stands at ${inUnit(metric, score)} by ${metric} (usually ${inUnit(metric, usual)}, drift beyond ${inUnit(metric, limit)})`;

const amongWindows = ({ stratum, seasonClass }: Comparison): string =>
  `among ${stratum.unusual.length} windows of history, for season class ${seasonClass}`;

/** `merged`: over how many windows a slow shift was gathered; absent for one that was sudden. */
export const tellDrift = (columns: readonly SignalVerdict[], compared: Comparison, merged?: number): string => {
  const [worst, ...others] = columns.filter(({ atFault }) => atFault);
  const over = merged === undefined ? '' : ` over ${merged} windows, slowly`;
  const also = [...new Set(others.map(({ name }) => name))].filter((name) => name !== worst?.name);
  const beside = also.length > 0 ? `; also ${also.join(', ')}` : '';
  return `Drift${over}: ${worst ? at(worst) : 'no single column'}, ${amongWindows(compared)}${beside}.`;
};

export const tellCalm = (compared: Comparison): string => {
  const [worst] = compared.signals;
  if (!worst) return 'No drift.';
  const { column, metric } = worst.null;
  return `No drift: the most unusual column, ${at({ ...worst, name: column, metric, atFault: false })}, is as unusual as ${Math.round(compared.p * (compared.stratum.unusual.length + 1)) - 1} of ${compared.stratum.unusual.length} windows of history.`;
};

/** The arithmetic of a refusal, and what could have been seen all the same. */
export const tellUndecided = (
  compared: Comparison,
  { falseAlarmsPer100 }: Policy,
  detectable: CalibratedVerdict['detectable'],
): string => {
  const seen = detectable
    ? ` The smallest shift that could have been seen is ${inUnit(detectable.metric, detectable.shift)} in ${detectable.name}.`
    : ' No shift could have been seen.';
  return `Not enough data: ${lack(compared, falseAlarmsPer100)}${seen}`;
};

const lack = ({ rows, stratum, missingWindows, signals }: Comparison, rate: number): string => {
  const k = stratum.unusual.length;
  if (rows === 0) return 'the window has no rows.';
  if (missingWindows > 0)
    return `${k} windows of history can speak at 100/(${k} + 1) = ${(100 / (k + 1)).toFixed(2)} false alarms per 100 checks at best; the policy states ${rate}, which takes ${fewestWindows(rate)} windows, ${missingWindows} more.`;
  if (signals.length === 0) return 'no column can be compared.';
  return `the window has ${rows} rows, and the smallest like it in history has ${stratum.fewestRows}.`;
};
