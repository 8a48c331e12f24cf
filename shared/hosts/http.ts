import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as z from 'zod';
import type { DefinedFunction, Scope } from '../kernel/define-function.ts';
import { DriftlessError, type Problem, problemOf } from '../kernel/errors.ts';
import { type Host, invoke } from '../kernel/invoke.ts';

/** Throws `unauthorized` or `forbidden`. Called before a body is read. */
export type Authorize = (request: Request, scope: Scope) => Promise<void> | void;

export type HttpOptions = { authorize: Authorize /** Served at /openapi.json. */; openapi: () => Promise<unknown> };

const maxBodyBytes = 1024 * 1024;

/** The HTTP rows of the table as one `Request → Response`; every host only carries it (DESIGN.md §9). */
export const httpApp = <Ports>(
  table: readonly DefinedFunction<Ports>[],
  host: Host<Ports>,
  options: HttpOptions,
): Hono => {
  const app = new Hono();
  app.onError((error) => problemResponse(problemOf(error)));
  app.notFound((context) =>
    problemResponse(
      problemOf(
        new DriftlessError(
          'not-found',
          `There is no ${context.req.method} ${context.req.path}; /openapi.json lists the API.`,
        ),
      ),
    ),
  );
  const limit = bodyLimit({
    maxSize: maxBodyBytes,
    onError: () =>
      problemResponse(
        problemOf(new DriftlessError('too-large', 'A body may hold at most 1 MiB; put larger files into the bucket.')),
      ),
  });
  for (const fn of table) {
    const { trigger } = fn;
    if (trigger.kind !== 'http') continue;
    app.on(trigger.method, [trigger.path.replaceAll(/\{(\w+)\}/g, ':$1')], limit, async (context) => {
      await options.authorize(context.req.raw, trigger.scope);
      const input = { ...context.req.query(), ...context.req.param(), ...(await readWrite(context.req.raw, fn.input)) };
      return respond(await invoke(fn, { input }, host), trigger.status ?? 200);
    });
  }
  app.get('/openapi.json', async (context) => {
    await options.authorize(context.req.raw, 'models:read');
    return Response.json(await options.openapi());
  });
  return app;
};

const respond = (outcome: Awaited<ReturnType<typeof invoke>>, status: number): Response =>
  outcome.kind === 'done' ? Response.json(outcome.output, { status }) : problemResponse(outcome.problem);

const problemResponse = (problem: Problem): Response =>
  new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      ...(problem.code === 'unauthorized' ? { 'www-authenticate': 'Bearer' } : {}),
    },
  });

/** Body and idempotency key, where the row's input has a place for them. */
const readWrite = async (request: Request, input: z.ZodType): Promise<{ body?: unknown; idempotencyKey?: string }> => {
  const fields = input instanceof z.ZodObject ? Object.keys(input.shape) : [];
  const key = fields.includes('idempotencyKey') ? request.headers.get('idempotency-key') : null;
  const text = fields.includes('body') ? await request.text() : '';
  return { ...(text === '' ? {} : { body: parseJson(text) }), ...(key === null ? {} : { idempotencyKey: key }) };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new DriftlessError('invalid-input', 'The body is not JSON; send one JSON document in UTF-8.');
  }
};
