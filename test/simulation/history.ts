import type { WindowPart } from '../../shared/domain/data-object.ts';
import type { DeadLetterRecord } from '../../shared/domain/dead-letter.ts';
import type { Queued } from '../../shared/event-bus/store-bus.ts';
import type { CloudEvent } from '../../shared/kernel/cloud-event.ts';

export type Violation = { invariant: string; detail: string };

/** All that ever happened under `state/`, as the store saw it: for the world's next step, and for the invariants. */
export type History = {
  /** Every record as it is now. */
  records: Map<string, unknown>;
  /** The number of the write that first made a record, and of the one that changed it last. */
  writes: number;
  created: Map<string, number>;
  changed: Map<string, number>;
  queued: Map<string, Queued>;
  due: Map<string, number>;
  /** Every event that was ever on the bus. */
  events: Map<string, CloudEvent>;
  /** Function and event id of everything that ever stood in dead-letters. */
  letters: Map<string, DeadLetterRecord>;
  /** `function event` of every delivery that ended well. */
  processed: Set<string>;
  /** Every value that a part of a window ever had, by its key. */
  parts: Map<string, WindowPart[]>;
  violations: Violation[];
};

export const emptyHistory = (): History => ({
  records: new Map(),
  writes: 0,
  created: new Map(),
  changed: new Map(),
  queued: new Map(),
  due: new Map(),
  events: new Map(),
  letters: new Map(),
  processed: new Set(),
  parts: new Map(),
  violations: [],
});

/** Every record of a kind, by key. */
export const recordsOf = <Value>({ records }: History, pattern: RegExp): [string, Value][] =>
  [...records].filter(([key]) => pattern.test(key)) as [string, Value][];
