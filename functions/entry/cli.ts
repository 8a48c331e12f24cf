import { readFile } from 'node:fs/promises';
import { runProgram } from '../../shared/cli/program.ts';
import { openSession } from '../../shared/cli/session.ts';
import { readConfig } from '../../shared/config.ts';
import { up } from '../../shared/hosts/local/up.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import { systemIds } from '../../shared/kernel/ids.ts';
import { openLog } from '../../shared/kernel/log.ts';
import { table } from '../table.ts';

const root = new URL('../../', import.meta.url);
const readJson = async (file: string): Promise<unknown> => JSON.parse(await readFile(new URL(file, root), 'utf8'));

const configure = async (store: string | undefined, logLevel: string) => {
  const config = await readConfig({ ...process.env, ...(store === undefined ? {} : { DRIFTLESS_STORE: store }) });
  const system = { clock: systemClock, ids: systemIds, log: openLog(config.logLevel ?? logLevel) };
  return { table, config, system, openapi: () => readJson('infra/generated/openapi.json') };
};

const { version } = (await readJson('package.json')) as { version: string };

process.exitCode = await runProgram(process.argv.slice(2), {
  version,
  openSession: async (store) => openSession(await configure(store, 'error')),
  up: async (store, port) => up({ ...(await configure(store, 'info')), port }),
});
