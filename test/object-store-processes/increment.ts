import { systemClock } from '../../shared/kernel/clock.ts';
import { isError } from '../../shared/kernel/errors.ts';
import { systemIds } from '../../shared/kernel/ids.ts';
import { openObjectStore } from '../../shared/object-store/open.ts';

/** Adds one to a counter, `times` times, among other processes that do the same. */
const [url = '', key = '', times = '0'] = process.argv.slice(2);
const store = await openObjectStore(url, { clock: systemClock, ids: systemIds });

for (let done = 0; done < Number(times); ) {
  const found = await store.get(key);
  const next = Number(Buffer.from(found?.body ?? []).toString()) + 1;
  try {
    await store.put(key, String(next), found ? { ifVersion: found.version } : { ifAbsent: true });
    done++;
  } catch (error) {
    if (!isError(error, 'conflict')) throw error;
  }
}
