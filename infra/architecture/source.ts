import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

/** Paths (with `/`, from the repository's root) → source text. */
export type Tree = ReadonlyMap<string, string>;

const folders = ['functions', 'shared', 'infra', 'test', 'examples', 'bin'];
const isSource = (path: string): boolean =>
  /\.(ts|js)$/.test(path) && !/(^|\/)(node_modules|dist|\.driftless)\//.test(path);

/** Every source file of the repository. */
export const readTree = async (root: string): Promise<Tree> => {
  const listed = folders.map(async (folder) => {
    const paths = await readdir(join(root, folder), { recursive: true }).catch(() => []);
    return paths.map((path) => posix.join(folder, path.replaceAll('\\', '/'))).filter(isSource);
  });
  const paths = (await Promise.all(listed)).flat().toSorted();
  return new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(root, path), 'utf8')] as const)),
  );
};

export type Import = { target: string; kind: 'static' | 'type' | 'dynamic' };

const stringOrComment = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
const isComment = (match: string): boolean => match.startsWith('/*') || match.startsWith('//');

export const withoutComments = (source: string): string =>
  source.replace(stringOrComment, (match) => (isComment(match) ? '' : match));

/** What runs: neither comments nor the insides of strings. */
export const codeOf = (source: string): string =>
  source.replace(stringOrComment, (match) => (isComment(match) ? '' : `''`));

const fromClause = /^\s*(?:import|export)\s+(type\s)?[\w\s{},*$]*?from\s+'([^']+)'/gm;
const bareImport = /^\s*import\s+'([^']+)'/gm;
const dynamicImport = /\bimport\(\s*'([^']+)'/g;

/** What a file imports: paths of the repository, or packages by name. */
export const importsOf = (path: string, source: string): Import[] => {
  const code = withoutComments(source);
  const resolve = (name = ''): string => (name.startsWith('.') ? posix.join(posix.dirname(path), name) : name);
  return [
    ...Array.from(
      code.matchAll(fromClause),
      ([, type, name]): Import => ({ target: resolve(name), kind: type ? 'type' : 'static' }),
    ),
    ...Array.from(code.matchAll(bareImport), ([, name]): Import => ({ target: resolve(name), kind: 'static' })),
    ...Array.from(code.matchAll(dynamicImport), ([, name]): Import => ({ target: resolve(name), kind: 'dynamic' })),
  ];
};
