import { entriesOf, foldersOf, meaningOfName, type NameMeaning, temporaryFolder } from './filesystem-layout.ts';
import { compareKeys } from './keys.ts';

/** Keys that begin with `prefix` and lie between `after` and `before`, both exclusive. */
type Range = { prefix: string; after: string; before?: string };
/** `paths` are one folder of keys: ours, and any that people made. `parts` as in `meaningOfName`. */
type Folder = { paths: string[]; prefix: string; parts: string[] };
/** A key, or the keys of a folder. `at` begins all its keys, and orders it among its neighbours. */
type Branch = { at: string; below?: { folder: Folder; range: Range } };

/**
 * Keys in ascending byte order, reading only the folders that the asked part of the order passes through. A key may
 * turn out to hold no object when it is read.
 */
export async function* walkKeys(root: string, prefix: string, after: string): AsyncGenerator<string> {
  const segments = prefix.split('/').slice(0, -1);
  const start = segments.map((segment) => `${segment}/`).join('');
  yield* walk(root, { paths: await foldersOf(root, segments), prefix: start, parts: [] }, { prefix, after });
}

async function* walk(root: string, folder: Folder, range: Range): AsyncGenerator<string> {
  for (const { at, below } of await branchesOf(root, folder, range)) {
    if (below) yield* walk(root, below.folder, below.range);
    else yield at;
  }
}

const branchesOf = async (root: string, folder: Folder, range: Range): Promise<Branch[]> => {
  const found = new Map<string, NameMeaning & { name: string; paths: string[] }>();
  for (const path of folder.paths) {
    for (const entry of await entriesOf(path)) {
      if (path === root && entry.name === temporaryFolder) continue;
      if (!entry.isDirectory() && !entry.isFile()) continue;
      const meaning = meaningOfName(entry.name, entry.isDirectory(), folder.parts);
      if (!meaning) continue;
      const { paths } = getOrAdd(found, `${meaning.kind}/${meaning.text}`, { ...meaning, name: entry.name, paths: [] });
      paths.push(`${path}/${entry.name}`);
    }
  }
  return inByteOrder([...found.values()].flatMap((entry) => branchesOfEntry(folder, entry, range)));
};

const getOrAdd = <V>(map: Map<string, V>, key: string, fresh: V): V => {
  const value = map.get(key) ?? fresh;
  map.set(key, value);
  return value;
};

const branchesOfEntry = (
  folder: Folder,
  { kind, text, name, paths }: NameMeaning & { name: string; paths: string[] },
  range: Range,
): Branch[] => {
  const at = folder.prefix + text;
  if (kind === 'object') return isWithin(at, range) ? [{ at }] : [];
  const below = (branchAt: string, begin: string, parts: string[], narrowed: Range): Branch[] =>
    mayHold(begin, narrowed)
      ? [
          {
            at: branchAt,
            below: { folder: { paths, prefix: parts.length > 0 ? folder.prefix : begin, parts }, range: narrowed },
          },
        ]
      : [];
  if (kind === 'folder') return below(`${at}/`, `${at}/`, [], range);
  // Keys that continue `at` lie on both sides of the folder `at/`, so this branch is walked in two halves around it.
  const parts = [...folder.parts, name];
  const middle = `${at}/`;
  return [
    ...below(at, at, parts, { ...range, before: lesser(range.before, middle) }),
    ...below(`${at}0`, at, parts, { ...range, after: greater(range.after, middle) }),
  ];
};

const isWithin = (key: string, { prefix, after, before }: Range): boolean =>
  key.startsWith(prefix) && compareKeys(key, after) > 0 && (before === undefined || compareKeys(key, before) < 0);

/** Whether a key that begins with `begin` can lie in the range. */
const mayHold = (begin: string, { prefix, after, before }: Range): boolean =>
  (begin.startsWith(prefix) || prefix.startsWith(begin)) &&
  (compareKeys(begin, after) >= 0 || after.startsWith(begin)) &&
  (before === undefined || compareKeys(begin, before) < 0);

const lesser = (a: string | undefined, b: string): string => (a !== undefined && compareKeys(a, b) < 0 ? a : b);
const greater = (a: string, b: string): string => (compareKeys(a, b) > 0 ? a : b);

const inByteOrder = (branches: Branch[]): Branch[] =>
  branches
    .map((branch) => ({ branch, bytes: Buffer.from(branch.at) }))
    .toSorted((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ branch }) => branch);
