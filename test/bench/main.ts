import { availableParallelism, cpus } from 'node:os';
import { benchAlarms } from './alarms.ts';
import { benchPage } from './page.ts';
import { benchStore } from './store.ts';
import { benchSubmit } from './submit.ts';

/** `npm run bench [-- name…]`: the budgets of DESIGN.md §11, measured here and now, as one JSON document. */
const rows: Record<string, () => Promise<object>> = {
  page: benchPage,
  store: benchStore,
  submit: benchSubmit,
  alarms: benchAlarms,
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(rows);
const unknown = names.filter((name) => !(name in rows));
if (unknown.length > 0) {
  process.stderr.write(`There is no row ${unknown.join(', ')}; there are ${Object.keys(rows).join(', ')}.\n`);
  process.exit(2);
}

const results: Record<string, object> = {};
for (const name of names) {
  process.stderr.write(`${name} …\n`);
  results[name] = (await rows[name]?.()) ?? {};
}
const machine = { node: process.version, cpus: availableParallelism(), cpu: cpus()[0]?.model ?? 'unknown' };
process.stdout.write(`${JSON.stringify({ unit: 'ms', machine, rows: results }, null, 2)}\n`);
