import type * as z from 'zod';
import type { Clock } from './clock.ts';
import type { Ids } from './ids.ts';
import type { Log } from './log.ts';
import { parse } from './parse.ts';

/**
 * What starts a function. Its input is, by trigger: http: `{...path parameters, ...query, body?, idempotencyKey?}`;
 * event: the event's data; object-created: that event's data `{store, key, size, version}`; schedule: `{}`.
 */
export type Trigger = HttpTrigger | EventTrigger | ObjectTrigger | ScheduleTrigger;
export type HttpTrigger = { kind: 'http'; method: Method; path: string; scope: Scope; status?: 200 | 201 | 202 };
export type EventTrigger = { kind: 'event'; types: string[] };
export type ObjectTrigger = { kind: 'object-created'; prefix: string; suffix?: string };
export type ScheduleTrigger = { kind: 'schedule'; every: string };

export type Method = 'GET' | 'POST' | 'PUT';
/** What a credential may do; `open` needs none and belongs to /healthz alone. */
export type Scope = 'open' | 'models:read' | 'models:write' | 'jobs:read' | 'jobs:write' | 'operate';

/** What every handler has besides the ports it asked for. */
export type Always = { clock: Clock; ids: Ids; log: Log };

type Spec<Ports, Need extends keyof Ports, Input extends z.ZodType, Output extends z.ZodType> = {
  name: string;
  /** One sentence for people: OpenAPI, the cloud's console. */
  summary: string;
  /** Rows of the same unit are deployed as one function. Default: the name. */
  unit?: string;
  trigger: Trigger;
  input: Input;
  output: Output;
  needs: readonly Need[];
  timeoutSeconds: number;
  memoryMb: number;
  handle(input: z.infer<Input>, ports: Pick<Ports, Need> & Always): Promise<z.input<Output>>;
};

/** A row of the table. `run` validates, opens what the row needs and nothing else, and validates what comes back. */
export type DefinedFunction<Ports> = Omit<Spec<Ports, never, z.ZodType, z.ZodType>, 'handle' | 'needs' | 'unit'> & {
  unit: string;
  needs: readonly (keyof Ports)[];
  run(input: unknown, host: HostPorts<Ports>): Promise<unknown>;
};

/** What a host offers: each port opened on first use. */
export type HostPorts<Ports> = Always & { open<Key extends keyof Ports>(port: Key): Promise<Ports[Key]> };

/** `defineFunction` for a given set of ports; see `shared/ports.ts`. */
export const functionDefiner =
  <Ports>() =>
  <Need extends keyof Ports, Input extends z.ZodType, Output extends z.ZodType>(
    spec: Spec<Ports, Need, Input, Output>,
  ): DefinedFunction<Ports> => ({
    ...spec,
    unit: spec.unit ?? spec.name,
    run: async (input, host) => {
      const valid = parse(spec.input, input, `The input of ${spec.name}`);
      const opened = await Promise.all(spec.needs.map(async (need) => [need, await host.open(need)] as const));
      const { clock, ids, log } = host;
      const ports = { ...(Object.fromEntries(opened) as Pick<Ports, Need>), clock, ids, log };
      return spec.output.parse(await spec.handle(valid, ports));
    },
  });
