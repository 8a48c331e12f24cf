import { createHash, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DriftlessError } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Authorize } from '../http.ts';

/**
 * The laptop's door. It can start commands, so a web page must not get through: every route but /healthz wants the
 * token, which no page can know, and a Host header of this machine, which a rebound DNS name does not have.
 */
export const localDoor =
  (token: string, port: () => number): Authorize =>
  (request, scope) => {
    const host = request.headers.get('host') ?? '';
    const own = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port()}`);
    if (!own.includes(host.toLowerCase()))
      throw new DriftlessError(
        'forbidden',
        `This server answers to ${own.join(', ')} only, not to the Host header it was sent.`,
      );
    if (scope === 'open') return;
    const [scheme = '', given = ''] = (request.headers.get('authorization') ?? '').split(' ');
    if (scheme.toLowerCase() !== 'bearer' || !isSame(given, token))
      throw new DriftlessError(
        'unauthorized',
        'Send the token that `driftless up` printed: Authorization: Bearer TOKEN.',
      );
  };

/** Digests have one length, so the comparison takes the same time whatever was sent. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(sha256(a), sha256(b));
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The machine's token: made once, readable by its owner alone. */
export const localToken = async (localDir: string, ids: Ids): Promise<string> => {
  const path = join(localDir, 'token');
  await mkdir(localDir, { recursive: true });
  await writeFile(path, ids.next(), { flag: 'wx', mode: 0o600 }).catch(ignoreExisting);
  return (await readFile(path, 'utf8')).trim();
};

const ignoreExisting = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EEXIST') throw error;
};
