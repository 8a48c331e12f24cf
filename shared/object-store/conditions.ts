import { DriftlessError } from '../kernel/errors.ts';
import type { PutOptions } from './port.ts';

/** Holds a write's conditions against the version that is current, or undefined. Throws `conflict`. */
export const checkConditions = (
  key: string,
  current: string | undefined,
  { ifAbsent, ifVersion }: Pick<PutOptions, 'ifAbsent' | 'ifVersion'>,
): void => {
  if (ifAbsent && current !== undefined) throw new DriftlessError('conflict', `The object ${key} exists already.`);
  if (ifVersion !== undefined && current !== ifVersion)
    throw new DriftlessError('conflict', `The object ${key} is no longer the version that was read; read it again.`);
};
