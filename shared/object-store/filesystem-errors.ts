import { DriftlessError } from '../kernel/errors.ts';

/** True of a failed file system call with one of these codes. */
export const hasCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);

/** The path leads nowhere: missing, below a plain file, longer than a path can be, or round in circles. */
export const isAbsent = (error: unknown): boolean => hasCode(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP');

/** The path is taken already. Renaming onto a folder that is not empty gives either code. */
export const isTaken = (error: unknown): boolean => hasCode(error, 'EEXIST', 'ENOTEMPTY');

/** What `work` gives, or null when its path leads nowhere. */
export const orAbsent = async <T>(work: Promise<T>): Promise<T | null> => {
  try {
    return await work;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
};

/** A failed call to the file system as the port's error: `subject` is the key or prefix that was asked for. */
export const filesystemError = (error: unknown, root: string, subject: string): unknown => {
  if (hasCode(error, 'ENOSPC', 'EDQUOT'))
    return new DriftlessError(
      'unavailable',
      `The disk of ${root} is full, so ${subject} was not written; free some space and try again.`,
      { cause: error },
    );
  if (hasCode(error, 'EACCES', 'EPERM', 'EROFS'))
    return new DriftlessError(
      'forbidden',
      `This process may not read or write ${subject} below ${root}; check the owner and mode of the folder.`,
      { cause: error },
    );
  if (hasCode(error, 'ENAMETOOLONG'))
    return new DriftlessError('too-large', `The path of ${subject} below ${root} is longer than this system allows.`, {
      cause: error,
    });
  if (hasCode(error, 'ENOTDIR', 'EISDIR') || isTaken(error))
    return new DriftlessError(
      'refused',
      `A file stands below ${root} where ${subject} needs a folder; move the file away.`,
      { cause: error },
    );
  if (hasCode(error, 'EXDEV', 'ENOTSUP', 'ENOSYS', 'EMLINK'))
    return new DriftlessError(
      'unsupported',
      `The file system of ${root} cannot hold a store: it must allow hard links, and be one file system throughout.`,
      { cause: error },
    );
  if (error instanceof Error && 'syscall' in error)
    return new DriftlessError('unavailable', `The disk of ${root} failed on ${subject}; the log names the cause.`, {
      cause: error,
    });
  return error;
};
