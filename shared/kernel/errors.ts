/**
 * Every way in which Driftless says no. `status` is the HTTP status; `retry` says whether the same delivery can
 * succeed later, and so decides redelivery on every host.
 */
export const errorTable = {
  'invalid-input': { status: 400, retry: false, title: 'The input is not valid' },
  unauthorized: { status: 401, retry: false, title: 'A credential is needed' },
  forbidden: { status: 403, retry: false, title: 'The credential does not allow this' },
  'not-found': { status: 404, retry: false, title: 'There is no such thing' },
  conflict: { status: 409, retry: false, title: 'It is at odds with what is stored' },
  refused: { status: 409, retry: false, title: 'A rule of this deployment refuses it' },
  'too-large': { status: 413, retry: false, title: 'It is too large' },
  unsupported: { status: 422, retry: false, title: 'The target cannot do this' },
  unreadable: { status: 422, retry: false, title: 'The file cannot be read' },
  'newer-format': { status: 501, retry: false, title: 'The record was written by a newer Driftless' },
  internal: { status: 500, retry: true, title: 'Something failed inside Driftless' },
  throttled: { status: 429, retry: true, title: 'Too many requests at the moment' },
  unavailable: { status: 503, retry: true, title: 'A service that this needs did not answer' },
  incomplete: { status: 503, retry: true, title: 'It is not complete yet' },
} as const satisfies Record<string, { status: number; retry: boolean; title: string }>;

export type ErrorCode = keyof typeof errorTable;

/** One thing that is wrong in an input: where (`candidates.0.target`), what, and the nearest right name if there is one. */
export type Fault = { path: string; message: string; suggestion?: string };

/** An error with a stable code and a plain sentence: what was wrong, where, and what to do. */
export class DriftlessError extends Error {
  readonly code: ErrorCode;
  readonly faults: Fault[];

  constructor(code: ErrorCode, message: string, options: { faults?: Fault[]; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'DriftlessError';
    this.code = code;
    this.faults = options.faults ?? [];
  }
}

export const isError = (error: unknown, ...codes: ErrorCode[]): error is DriftlessError =>
  error instanceof DriftlessError && (codes.length === 0 || codes.includes(error.code));

/** RFC 9457 problem document. `code` is stable; `type` is the same code as a URI. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  faults?: Fault[];
};

/** What a client may read of an error: never a stack, never a foreign error's text. */
export const problemOf = (error: unknown): Problem => {
  const known = error instanceof DriftlessError ? error : undefined;
  const code = known?.code ?? 'internal';
  const { status, title } = errorTable[code];
  return {
    type: `https://driftless.dev/problems/${code}`,
    title,
    status,
    detail: known?.message ?? 'The request was not completed; the log names the cause.',
    code,
    ...(known && known.faults.length > 0 ? { faults: known.faults } : {}),
  };
};
