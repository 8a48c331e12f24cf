import { DriftlessError, type ErrorCode, type Problem } from '../kernel/errors.ts';

/** One request to the API of this very deployment, in process: the command line has no other way to the functions. */
export type Api = {
  /** The answer's JSON. Throws the problem that the API answered with. */
  call<Answer = unknown>(method: 'GET' | 'POST' | 'PUT', path: string, options?: CallOptions): Promise<Answer>;
};

export type CallOptions = { query?: Record<string, string | undefined>; body?: unknown; idempotencyKey?: string };

export const apiOf = (fetch: (request: Request) => Response | Promise<Response>): Api => ({
  call: async <Answer>(method: string, path: string, { query = {}, body, idempotencyKey }: CallOptions = {}) => {
    const url = new URL(path, 'http://127.0.0.1');
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    const response = await fetch(
      new Request(url, {
        method,
        headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    const answer: unknown = await response.json();
    if (response.ok) return answer as Answer;
    const problem = answer as Problem;
    throw new DriftlessError(problem.code satisfies ErrorCode, problem.detail, { faults: problem.faults ?? [] });
  },
});

/** A path with every part encoded: names come from people. */
export const path = (parts: TemplateStringsArray, ...names: (string | number)[]): string =>
  parts.reduce((whole, part, i) => whole + encodeURIComponent(String(names[i - 1] ?? '')) + part);
