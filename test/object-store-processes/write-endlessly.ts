import { createHash, randomBytes } from 'node:crypto';
import { systemClock } from '../../shared/kernel/clock.ts';
import { systemIds } from '../../shared/kernel/ids.ts';
import { openObjectStore } from '../../shared/object-store/open.ts';

/** Creates, replaces and deletes objects of many sizes until it is killed. Each body begins with its own digest. */
const [url = '', prefix = ''] = process.argv.slice(2);
const store = await openObjectStore(url, { clock: systemClock, ids: systemIds });

for (let turn = 0; ; turn++) {
  const content = randomBytes(1 + ((turn * 7919) % 300_000));
  const body = Buffer.concat([createHash('sha256').update(content).digest(), content]);
  await store.put(`${prefix}/${turn % 12}`, body);
  if (turn % 5 === 0) await store.delete(`${prefix}/${(turn * 3) % 12}`);
  if (turn === 20) process.stdout.write('writing\n');
}
