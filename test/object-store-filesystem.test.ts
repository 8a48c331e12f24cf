import { appendFile, mkdir, mkdtemp, readdir, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../shared/kernel/clock.ts';
import { systemIds } from '../shared/kernel/ids.ts';
import { filesystemError } from '../shared/object-store/filesystem-errors.ts';
import { keyOfPath, objectFolder } from '../shared/object-store/filesystem-layout.ts';
import {
  currentRevision,
  replaceObject,
  sweepSuperseded,
  timeBeforeReading,
} from '../shared/object-store/filesystem-revisions.ts';
import { discard, stage } from '../shared/object-store/filesystem-staging.ts';
import { filesystemObjectStore } from '../shared/object-store/filesystem.ts';
import { folderOfUrl, openObjectStore } from '../shared/object-store/open.ts';
import type { ObjectStore } from '../shared/object-store/port.ts';

const ports = { clock: systemClock, ids: systemIds };

let root: string;
let store: ObjectStore;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'driftless-files-')));
  store = await filesystemObjectStore({ root, ...ports });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const drop = async (path: string, content: string): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
};

const keys = async (prefix = ''): Promise<string[]> => (await store.list(prefix)).items.map(({ key }) => key);

const text = async (key: string): Promise<string | undefined> => {
  const found = await store.get(key);
  return found ? Buffer.from(found.body).toString() : undefined;
};

const filesBelow = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe('files that people drop', () => {
  const names = ['My Model.bin', 'model.bin', 'MODEL.BIN', 'Größe.csv', '100%', 'a%41', '.hidden', 'aux.csv', 'a:b'];

  it('are objects under exactly their names', async () => {
    for (const name of names) await drop(`inbox/models/M/${name}`, `content of ${name}`);
    const expected = names.map((name) => (name === 'a%41' ? 'inbox/models/M/aA' : `inbox/models/M/${name}`));
    expect((await keys('inbox/')).toSorted()).toEqual(expected.toSorted());
    for (const [index, key] of expected.entries()) expect(await text(key)).toBe(`content of ${names[index]}`);
  });

  it('lie beside objects of ours in one order', async () => {
    await drop('inbox/M/b', 'dropped');
    await store.put('inbox/M/a', 'put');
    await store.put('inbox/M/c', 'put');
    expect(await keys('inbox/M/')).toEqual(['inbox/M/a', 'inbox/M/b', 'inbox/M/c']);
    expect((await store.list('inbox/M/', { after: 'inbox/M/a', limit: 1 })).next).toBe('inbox/M/b');
  });

  it('get another version when they change', async () => {
    await drop('inbox/x', 'one');
    const before = await store.head('inbox/x');
    await appendFile(join(root, 'inbox/x'), ' two');
    expect((await store.head('inbox/x'))?.version).not.toBe(before?.version);
  });

  it('are created over, replaced and deleted like other objects', async () => {
    await drop('inbox/My File', 'dropped');
    await expect(store.put('inbox/My File', 'new', { ifAbsent: true })).rejects.toMatchObject({ code: 'conflict' });
    const dropped = await store.head('inbox/My File');
    const { version } = await store.put('inbox/My File', 'put', { ifVersion: dropped?.version ?? '' });
    expect(await keys()).toEqual(['inbox/My File']);
    expect(await store.get('inbox/My File')).toMatchObject({ version, body: new Uint8Array(Buffer.from('put')) });
    await store.delete('inbox/My File');
    expect(await keys()).toEqual([]);

    await drop('inbox/My File', 'again');
    expect(await text('inbox/My File')).toBe('again');
    await store.delete('inbox/My File');
    expect(await text('inbox/My File')).toBeUndefined();
  });

  it('that editors left as backups are neither listed nor deleted', async () => {
    await drop('inbox/notes~', 'backup');
    await drop('inbox/old~/notes', 'backup');
    await store.delete('inbox/notes');
    await store.delete('inbox/old');
    expect(await keys()).toEqual([]);
    expect(await filesBelow(join(root, 'inbox'))).toHaveLength(2);
  });

  it('are not followed through symbolic links, out of the store or within', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'driftless-outside-'));
    await writeFile(join(outside, 'secret'), 'secret');
    await drop('inbox/x', 'inside');
    await symlink(outside, join(root, 'inbox/folder'));
    await symlink(join(outside, 'secret'), join(root, 'inbox/file'));
    await symlink(join(root, 'inbox/x'), join(root, 'inbox/alias'));
    expect(await keys()).toEqual(['inbox/x']);
    for (const key of ['inbox/folder/secret', 'inbox/file', 'inbox/alias']) expect(await store.get(key)).toBeNull();
    expect(await keys('inbox/folder/')).toEqual([]);
    await rm(outside, { recursive: true });
  });
});

describe('the folder of a store', () => {
  it('gives every file its key, and temporary ones none', async () => {
    const written = ['a/b', 'a/b/c', 'A/é', `long/${'x'.repeat(300)}/y`, 'name~', '.tmp/x'];
    for (const key of written) {
      await store.put(key, 'x');
      await store.put(key, 'y');
    }
    await drop('inbox/My File', 'x');
    const found = new Set((await filesBelow(root)).map((path) => keyOfPath(root, path)));
    expect(found).toEqual(new Set([...written, 'inbox/My File']));
    for (const path of ['.tmp/id/id/1', 'a~', 'a~/id', 'a~/id/x', 'a/b~', '../elsewhere', ''])
      expect(keyOfPath(root, join(root, path))).toBeNull();
  });

  it('is left empty when all objects are deleted', async () => {
    for (const key of ['a/b/c', 'a/b', 'd']) await store.put(key, 'x');
    for (const key of ['a/b/c', 'a/b', 'd']) await store.delete(key);
    expect(await readdir(root)).toEqual(['.tmp']);
    expect(await readdir(join(root, '.tmp'))).toEqual([]);
  });

  it('is rid of what crashed writers left an hour ago when it is opened, and of nothing younger', async () => {
    await drop('.tmp/old/old/1', 'half');
    await drop('.tmp/young/young/1', 'half');
    const anHourAgo = Date.now() / 1000 - 3_700;
    await utimes(join(root, '.tmp/old/old/1'), anHourAgo, anHourAgo);
    await filesystemObjectStore({ root, ...ports });
    expect(await readdir(join(root, '.tmp'))).toEqual(['young']);
    expect(await keys()).toEqual([]);
  });

  it('refuses a key that needs a folder where a person left a file', async () => {
    await drop('inbox/x', 'file');
    await expect(store.put('inbox/x/y', 'z')).rejects.toMatchObject({ code: 'refused' });
    expect(await store.get('inbox/x/y')).toBeNull();
  });

  it('can be written again when only an empty life of an object is left', async () => {
    await mkdir(join(root, 'a~/life'), { recursive: true });
    expect(await store.get('a')).toBeNull();
    await store.put('a', 'new', { ifAbsent: true });
    expect(await text('a')).toBe('new');
  });
});

const revisionFiles = async (): Promise<string[]> => {
  const revision = await currentRevision(objectFolder(root, 'a'));
  return revision ? (await readdir(revision.life)).toSorted() : [];
};

describe('superseded revisions', () => {
  it('stay a minute, for a writer that read before them, and go then', async () => {
    for (const body of ['1', '2', '3', '4']) await store.put('a', body);
    const older = await currentRevision(objectFolder(root, 'a'));
    await store.put('a', '5');
    expect(await revisionFiles()).toEqual(['1', '2', '3', '4', '5']);
    const now = BigInt(Date.now()) * 1_000_000n;
    if (older) await sweepSuperseded(older, now + 55_000_000_000n);
    expect(await revisionFiles()).toEqual(['1', '2', '3', '4', '5']);
    if (older) await sweepSuperseded(older, now + 65_000_000_000n);
    expect(await revisionFiles()).toEqual(['5']);
    expect(await text('a')).toBe('5');
  });

  it('make a writer that stalled for half of that say that it does not know', async () => {
    await store.put('a', '1');
    const current = await currentRevision(objectFolder(root, 'a'));
    const staged = await stage(root, 'slow', '2', undefined, (work) => work());
    const readAt = (await timeBeforeReading(staged)) - 31_000_000_000n;
    const written = current && replaceObject(current, staged, readAt);
    await expect(written).rejects.toMatchObject({ code: 'unavailable' });
    await discard(staged);
  });
});

describe('errors of the disk', () => {
  it.each([
    ['ENOSPC', 'unavailable'],
    ['EDQUOT', 'unavailable'],
    ['EIO', 'unavailable'],
    ['EACCES', 'forbidden'],
    ['ENAMETOOLONG', 'too-large'],
    ['EXDEV', 'unsupported'],
  ])('%s is %s, with the disk and the key in a sentence', (code, expected) => {
    const failure = Object.assign(new Error('vendor text'), { code, syscall: 'write' });
    const error = filesystemError(failure, '/data/store', 'jobs/1');
    expect(error).toMatchObject({ code: expected, cause: failure, message: expect.stringContaining('/data/store') });
    expect(error).not.toMatchObject({ message: expect.stringContaining('vendor text') });
  });
});

describe('store URLs', () => {
  it('open the driver of their scheme', async () => {
    const opened = await openObjectStore(`file:${root}`, ports);
    expect(opened.url).toBe(store.url);
    await opened.put('x', 'y');
    expect(await text('x')).toBe('y');
    expect((await openObjectStore('mem:', ports)).url).toBe('mem:');
  });

  it('name folders', () => {
    expect(folderOfUrl('file:///a/b%20c')).toBe('/a/b c');
    expect(folderOfUrl('file:/a#b?c')).toBe('/a#b?c');
    expect(folderOfUrl('file:./x/y')).toBe(join(process.cwd(), 'x/y'));
  });

  it.each(['ftp://host/x', 'nonsense', ''])('%j is unsupported, and the sentence says what works', async (url) => {
    await expect(openObjectStore(url, ports)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('file:./folder'),
    });
  });

  it.each(['file:', 'file://host/x', 'file:./100%'])('%j is invalid', async (url) => {
    await expect(openObjectStore(url, ports)).rejects.toMatchObject({ code: 'invalid-input' });
  });
});
