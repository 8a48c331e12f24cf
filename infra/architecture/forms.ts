import { breach, type Violation } from './imports.ts';
import { codeOf, type Tree, withoutComments } from './source.ts';

/** What may not be written, and where it may after all. */
type Form = { rule: string; pattern: RegExp; allowed: RegExp; message: string };

const production = /^(shared|functions)\//;
const tooling = /^(?!shared\/|functions\/)/;
const never = /^(?!)/;

const forms: readonly Form[] = [
  {
    rule: 'clock and randomness',
    pattern:
      /\bDate\.now\b|\bnew Date\(\)|\bnew Date\b(?!\()|\bMath\.random\b|\brandomBytes\b|\brandomUUID\b|\bgetRandomValues\b/g,
    allowed: new RegExp(`^shared/kernel/|${tooling.source}`),
    message: 'Take a Clock or Ids from the kernel.',
  },
  {
    rule: 'environment',
    pattern: /\bprocess\.env\b/g,
    allowed: new RegExp(`^functions/entry/|${tooling.source}`),
    message: 'Only functions/entry/ reads the environment; take an option.',
  },
  {
    rule: 'default exports',
    pattern: /\bexport default\b/g,
    allowed: /^functions\/[^/]+\/function\.ts$|\.d\.ts$|\.config\.ts$/,
    message: 'Export it by name.',
  },
  { rule: 'enums', pattern: /\benum\s+\w+\s*\{/g, allowed: never, message: 'Use a union of literals.' },
  {
    rule: 'classes',
    pattern: /\bclass\s+\w+(?!\w)(?!\s+extends\s+\w*Error\b)/g,
    allowed: never,
    message: 'A driver is a function that returns its port; only errors are classes.',
  },
];

export const checkForms = (tree: Tree): Violation[] =>
  [...tree].flatMap(([file, source]) => {
    const code = codeOf(source);
    return forms
      .filter(({ allowed }) => !allowed.test(file))
      .flatMap(({ rule, pattern, message }) =>
        Array.from(code.matchAll(pattern), ([what]) => breach(rule, file, what.trim(), message)),
      );
  });

const reExport = /^\s*export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})(?:\s+from\s+'[^']+')?\s*;?/gm;
const anyImport = /^\s*import\s[^;]*;/gm;

/** A file that only passes on what others export hides who depends on whom. */
export const checkBarrels = (tree: Tree): Violation[] =>
  [...tree].flatMap(([file, source]) => {
    const code = withoutComments(source);
    const rest = code.replace(reExport, '').replace(anyImport, '').trim();
    return rest === '' && code.search(reExport) >= 0
      ? [breach('barrels', file, file, 'Import from where things are defined.')]
      : [];
  });

const longest = 350;
const usual = 130;

/** No file past 350 lines, and half of those that run in production under 130. */
export const checkSizes = (tree: Tree): Violation[] => {
  const sizes = [...tree].map(([file, source]) => ({ file, lines: source.split('\n').length - 1 }));
  const long = sizes.filter(({ lines }) => lines > longest);
  const sorted = sizes.filter(({ file }) => production.test(file)).toSorted((a, b) => a.lines - b.lines);
  const median = sorted[Math.floor(sorted.length / 2)]?.lines ?? 0;
  return [
    ...long.map(({ file, lines }) => breach('sizes', file, `${lines} lines`, `Divide it; the limit is ${longest}.`)),
    ...(median >= usual ? [breach('sizes', '(median)', `${median} lines`, `The median must be under ${usual}.`)] : []),
  ];
};
