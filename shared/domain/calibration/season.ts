import type { Manifest } from '../model.ts';

export type Season = Manifest['monitor']['season'];

/** A class of fewer windows, itself included, falls back to the next coarser one. */
export const fewestInClass = 4;

const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** The classes of a window that starts at `start` (UTC), the finest first; the last is always `all`. */
export const classesOf = (season: Season, start: string): string[] => {
  const time = new Date(start);
  const day = days[time.getUTCDay()] ?? '';
  const hour = `${String(time.getUTCHours()).padStart(2, '0')}h`;
  const classes: Record<Season, string[]> = {
    none: ['all'],
    'day-of-week': [day, 'all'],
    'hour-of-day': [hour, 'all'],
    'hour-of-week': [`${day} ${hour}`, hour, 'all'],
  };
  return classes[season];
};

/** The finest class that has enough windows, by how many each has; `all` when none has. */
export const resolveClass = (season: Season, start: string, sizes: ReadonlyMap<string, number>): string =>
  classesOf(season, start).find((name) => (sizes.get(name) ?? 0) >= fewestInClass) ?? 'all';

/** How many of the windows belong to each class, at every level. */
export const classSizes = (season: Season, starts: readonly string[]): Map<string, number> => {
  const sizes = new Map<string, number>();
  for (const name of starts.flatMap((start) => classesOf(season, start))) sizes.set(name, (sizes.get(name) ?? 0) + 1);
  return sizes;
};

/** Every class that some window, seen or to come, resolves to. `all` is one of them unless no window can need it. */
export const reachableClasses = (season: Season, sizes: ReadonlyMap<string, number>): string[] => {
  const week = Array.from({ length: 7 * 24 }, (_, hour) => new Date(hour * 3_600_000).toISOString());
  return [...new Set(week.map((start) => resolveClass(season, start, sizes)))].toSorted();
};
