import type { ObjectStore } from '../../../shared/object-store/port.ts';
import type { Broken } from '../../simulation/world.ts';

/** Writes what `keys` match whatever is there: read, decide, write, as if nobody else were about. */
const withoutConditions =
  (keys: RegExp) =>
  (store: ObjectStore): ObjectStore => ({
    ...store,
    put: (key, body, options) => store.put(key, body, keys.test(key) ? {} : options),
  });

/** Broken: two movers of an alias do not notice each other. */
export const overwrittenAlias: Broken = {
  name: 'alias moved by an unconditional put',
  store: withoutConditions(/\/aliases\//),
};

/** Broken: two triggers that look at the same moment both start a run. */
export const readThenWrittenLock: Broken = {
  name: 'retraining lock read, then written',
  store: withoutConditions(/^state\/models\/[^/]+\/retraining$/),
};

/** Broken: a version takes its number whether or not somebody has it. */
export const overwrittenVersions: Broken = {
  name: 'versions written over',
  store: withoutConditions(/\/versions\//),
};
