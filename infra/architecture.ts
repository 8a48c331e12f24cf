import { checkBarrels, checkForms, checkSizes } from './architecture/forms.ts';
import { checkCycles, checkLayers, type Violation } from './architecture/imports.ts';
import { type Exception, exceptions as knownExceptions } from './architecture/layers.ts';
import type { Tree } from './architecture/source.ts';

const rules = [checkLayers, checkCycles, checkForms, checkBarrels, checkSizes];

/** All breaches of DESIGN.md §2 in a tree, less the exceptions, and the exceptions that excuse nothing any more. */
export const violationsOf = (tree: Tree, exceptions: readonly Exception[] = knownExceptions): Violation[] => {
  const all = rules.flatMap((rule) => rule(tree));
  const unused = exceptions.filter((exception) => !all.some((violation) => excuses(exception, violation)));
  return [
    ...all.filter((violation) => !exceptions.some((exception) => excuses(exception, violation))),
    ...unused.map(({ rule, file, what }) => ({
      rule: 'exceptions',
      file,
      what: `${rule}: ${what}`,
      message: 'This exception excuses nothing; remove it.',
    })),
  ];
};

const excuses = (exception: Exception, { rule, file, what }: Violation): boolean =>
  exception.rule === rule && exception.file === file && exception.what === what;

/** One line for people. */
export const describe = ({ rule, file, what, message }: Violation): string => `${rule}: ${file}: ${what}. ${message}`;
