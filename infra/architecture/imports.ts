import { type Layer, layers, vendorSdk } from './layers.ts';
import { type Import, importsOf, type Tree } from './source.ts';

/** One breach of a rule: `what` names the thing in the file, `message` says what to do. */
export type Violation = { rule: string; file: string; what: string; message: string };

const layerOf = (path: string): Layer | undefined => layers.find(({ files }) => files.test(path));
const isOurs = (target: string): boolean => /^(shared|functions|infra|test|examples|bin)\//.test(target);

/** Everyone imports only what DESIGN.md §2 allows them to. */
export const checkLayers = (tree: Tree): Violation[] =>
  [...tree].flatMap(([file, source]) => {
    const layer = layerOf(file);
    if (!layer) return [breach('layers', file, file, 'It belongs to no layer; move it, or name its layer.')];
    return importsOf(file, source).flatMap((each) => {
      const fault = isOurs(each.target) ? layerFault(file, layer, each) : sdkFault(layer, each);
      return fault === null ? [] : [breach('layers', file, each.target, fault)];
    });
  });

/** `shared/training/vertex/plan.ts` → `shared/training` */
const folderOf = (path: string): string => path.split('/').slice(0, 2).join('/');

const layerFault = (file: string, layer: Layer, { target, kind }: Import): string | null => {
  const theirs = layerOf(target)?.name ?? 'nothing known';
  const near = folderOf(target) === folderOf(file);
  if (layer.may.includes('anything') || layer.may.includes(theirs)) return null;
  if (layer.may.includes('own folder') && near && theirs !== 'open') return null;
  if (layer.mayLoad?.includes(theirs)) return kind === 'static' ? `A ${theirs} is reached by import() only.` : null;
  return `The layer "${layer.name}" may not import from "${theirs}".`;
};

const sdkFault = (layer: Layer, { target, kind }: Import): string | null => {
  if (!vendorSdk.test(target) || layer.sdk === 'import' || kind === 'type') return null;
  if (layer.sdk === 'load') return kind === 'dynamic' ? null : "A vendor's SDK is loaded by import() only.";
  return `The layer "${layer.name}" may not know a vendor's SDK; put it behind a port.`;
};

/** No file reaches itself again by its imports, `import type` included. */
export const checkCycles = (tree: Tree): Violation[] => {
  const edges = new Map([...tree].map(([file, source]) => [file, targetsOf(tree, file, source)] as const));
  const finished = new Set<string>();
  const found: Violation[] = [];
  const visit = (file: string, trail: string[]): void => {
    const seen = trail.indexOf(file);
    if (seen >= 0) {
      const cycle = [...trail.slice(seen), file].join(' → ');
      found.push(breach('cycles', file, cycle, 'Move what they share into a file of its own.'));
    }
    if (seen >= 0 || finished.has(file)) return;
    for (const target of edges.get(file) ?? []) visit(target, [...trail, file]);
    finished.add(file);
  };
  for (const file of tree.keys()) visit(file, []);
  return found;
};

const targetsOf = (tree: Tree, file: string, source: string): string[] =>
  importsOf(file, source).flatMap(({ target, kind }) => (kind !== 'dynamic' && tree.has(target) ? [target] : []));

export const breach = (rule: string, file: string, what: string, message: string): Violation => ({
  rule,
  file,
  what,
  message,
});
