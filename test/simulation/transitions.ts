import type { CloudEvent } from '../../shared/kernel/cloud-event.ts';
import { isFinal } from '../../shared/domain/job.ts';
import type { Job } from '../../shared/domain/job-record.ts';
import { type EventName, eventName, eventType } from '../../shared/domain/events.ts';
import * as keys from '../../shared/domain/keys.ts';
import { descendingNumber } from '../../shared/object-store/newest-first.ts';
import type { Retraining, RetrainingLock } from '../../shared/domain/retraining.ts';
import type { Alias } from '../../shared/domain/version.ts';
import type { History, Violation } from './history.ts';

type Check<Record> = (history: History, key: string, before: Record, after: Record) => (string | Violation)[];

/** What may never happen between two values of a record, by where it is stored. */
const rules: { at: RegExp; invariant: string; check: Check<never> }[] = [
  { at: /\/(versions|checks|baselines|evaluations)\//, invariant: '1 written once', check: onceOnly },
  { at: /\/aliases\//, invariant: '4 alias', check: aliasMoves },
  { at: /^state\/models\/[^/]+\/retraining$/, invariant: '3 one run', check: lockMoves },
  { at: /\/retrainings\//, invariant: '3 one run', check: runMoves },
  { at: /^state\/jobs\//, invariant: '2 one job', check: jobMoves },
  { at: /^state\/bus\//, invariant: '7 said before written', check: eventTellsTruth },
  { at: /^state\/due\//, invariant: '9 bounded work', check: guardIsFew },
];

/** The violations in one change; null stands for no record. */
export const checkChange = (history: History, key: string, before: unknown, after: unknown): Violation[] =>
  rules.flatMap(({ at, invariant, check }) => {
    if (!at.test(key)) return [];
    const found = check(history, key, before as never, after as never);
    return found.map((one) => (typeof one === 'string' ? { invariant, detail: `${key}: ${one}` } : one));
  });

function onceOnly(_history: History, _key: string, before: unknown): string[] {
  return before === null ? [] : ['was changed or removed'];
}

const moveOf = ({ version, cause, movedAt }: Pick<Alias, 'version' | 'cause' | 'movedAt'>): string =>
  JSON.stringify([version, cause, movedAt]);

function aliasMoves(_history: History, _key: string, before: Alias | null, after: Alias | null): string[] {
  if (after === null) return ['was removed'];
  const faults =
    before?.refused.every((version) => after.refused.includes(version)) === false ? ['forgot a refusal'] : [];
  const isMoved = before === null || moveOf(before) !== moveOf(after);
  if (isMoved && before?.refused.includes(after.version)) faults.push(`moved to ${after.version}, which was refused`);
  const expected = before === null ? [] : isMoved ? [before, ...before.history] : before.history;
  if (JSON.stringify(after.history.map(moveOf)) !== JSON.stringify(expected.map(moveOf)))
    faults.push(`its history is not its past: at ${before?.version}, now ${after.version}`);
  return faults;
}

function lockMoves(history: History, key: string, before: RetrainingLock | null, after: RetrainingLock | null) {
  if (after === null) return ['was removed'];
  if (before?.open && after.open && before.open.id !== after.open.id)
    return [`the run ${after.open.id} took the place of ${before.open.id}, which is open`];
  if (after.episode < (before?.episode ?? 0)) return ['an episode was uncounted'];
  const forgot = (before?.causes ?? []).filter(({ cause }) => !after.causes.some((known) => known.cause === cause));
  if (forgot.length > 0 && after.causes.length < 200) return [`the cause ${forgot[0]?.cause} was forgotten`];
  if (before?.open && !after.open && before.coalesced > 0) return freshCheck(history, key, before.open.id);
  return [];
}

/** Asked for under the run's name, so it cannot be taken for the check of anything else. */
const freshCheck = (history: History, key: string, run: string): Violation[] => {
  const model = key.split('/')[2] ?? '';
  const folder = keys.retrainings(model);
  const [, record] = [...history.records].find(([at]) => at.startsWith(folder) && at.endsWith(run)) ?? [];
  const { createdAt, holdout } = record as Retraining;
  const asked = [...history.events.values()].some(
    (event: CloudEvent) =>
      event.type === eventType('check.requested') &&
      event.subject === model &&
      event.time >= createdAt &&
      (event.data as { window: { start: string } }).window.start === holdout.windows.at(-1),
  );
  return asked ? [] : [{ invariant: '3 fresh check', detail: `${model}: none followed ${run} though triggers came` }];
};

const isOpen = ({ state }: Retraining): boolean => state === 'training' || state === 'scoring';
const runOrder = ['training', 'scoring', 'finished'];

function runMoves(history: History, key: string, before: Retraining | null, after: Retraining | null): string[] {
  if (after === null) return ['was removed'];
  if (before?.settled && JSON.stringify(before) !== JSON.stringify(after)) return ['changed after it was settled'];
  if (before && runOrder.indexOf(after.state) < runOrder.indexOf(before.state))
    return [`went back from ${before.state} to ${after.state}`];
  const folder = key.slice(0, key.indexOf('/retrainings/') + '/retrainings/'.length);
  const open = [...history.records].filter(([at, value]) => at.startsWith(folder) && isOpen(value as Retraining));
  return open.length > 1 ? [`${open.length} runs are open at once`] : [];
}

const jobOrder: Record<Job['state'], number> = { pending: 0, running: 1, succeeded: 2, failed: 2, stopped: 2 };

function jobMoves(_history: History, _key: string, before: Job | null, after: Job | null): string[] {
  if (after === null) return ['was removed'];
  if (before === null) return [];
  if (before.specHash !== after.specHash) return ['stands for another spec now'];
  if (isFinal(before.state) && before.state !== after.state) return [`ended as ${before.state}, now ${after.state}`];
  if (jobOrder[after.state] < jobOrder[before.state]) return [`went back from ${before.state} to ${after.state}`];
  if (before.settled && !after.settled) return ['is no longer settled'];
  return [];
}

type Said = { event: CloudEvent };

/** An event is a hint, and the record that it hints at is there before it. */
function eventTellsTruth({ records }: History, _key: string, before: Said | null, after: Said | null): string[] {
  if (before !== null || after === null) return [];
  const { type, subject } = after.event;
  const data = after.event.data as { model: string; version: number; job: string; check: string; retraining: string };
  const has = (prefix: string, suffix: string): boolean =>
    [...records.keys()].some((key) => key.startsWith(prefix) && key.endsWith(suffix));
  const isWritten: Partial<Record<EventName, () => boolean>> = {
    'artifact.registered': () => records.has(keys.versions(data.model) + descendingNumber(data.version)),
    'model.promoted': () => records.has(keys.alias(data.model, 'champion')),
    'job.submitted': () => records.has(keys.jobRecord(data.job)),
    'job.finished': () => isFinal((records.get(keys.jobRecord(data.job)) as Job | undefined)?.state ?? 'pending'),
    'drift.detected': () => has(keys.checks(data.model), data.check),
    'retraining.started': () => has(keys.retrainings(data.model), data.retraining),
    'retraining.finished': () => has(keys.retrainings(data.model), data.retraining),
  };
  const name = eventName(type);
  return name === null || isWritten[name]?.() !== false ? [] : [`${type} of ${subject} tells of what is not written`];
}

/** Duplicates and slow ticks may double a guard for a while; more than a few mean that it multiplies. */
const mostGuards = 6;

function guardIsFew({ due }: History, key: string, before: unknown, after: unknown): string[] {
  if (before !== null || after === null) return [];
  const guard = key.slice(key.indexOf('/', 'state/due/'.length));
  const entries = [...due.keys()].filter((at) => at.endsWith(guard)).length;
  return entries > mostGuards ? [`${entries} due entries drive one thing`] : [];
}
