import { isFinal } from '../../shared/domain/job.ts';
import type { Job } from '../../shared/domain/job-record.ts';
import * as keys from '../../shared/domain/keys.ts';
import type { Retraining, RetrainingLock } from '../../shared/domain/retraining.ts';
import type { Alias, Version } from '../../shared/domain/version.ts';
import { table } from '../../functions/table.ts';
import { subscribersOf } from '../../shared/hosts/route.ts';
import { descendingNumber, descendingTime } from '../../shared/object-store/newest-first.ts';
import { jobId } from '../../shared/training/submit.ts';
import { checksHold } from './check-invariants.ts';
import { inboxIsDone } from './inbox-invariants.ts';
import { recordsOf, type Violation } from './history.ts';
import type { World } from './world.ts';

/**
 * What must hold of a world at rest (DESIGN.md §5), beside what `transitions.ts` saw on the way. Number 5, money, is
 * not checked: there is no budget ledger yet.
 */
const invariants: { invariant: string; check(world: World): Promise<string[]> | string[] }[] = [
  { invariant: '1 one digest, one version', check: versionsHold },
  { invariant: '2 one key, one job', check: jobsHold },
  { invariant: '3 one run', check: runsHold },
  { invariant: '3 one run', check: runsTakeTurns },
  { invariant: '4 alias', check: aliasesHold },
  { invariant: '6 verdicts', check: checksHold },
  { invariant: '7 nothing is dropped', check: eventsHold },
  { invariant: '7 nothing is dropped', check: inboxIsDone },
  { invariant: '8 promises to clients', check: answersHold },
];

export const violationsOf = async (world: World): Promise<Violation[]> => {
  const found = doubledJobs(world);
  for (const { invariant, check } of invariants)
    for (const detail of await check(world)) found.push({ invariant, detail });
  return found;
};

/** Holds at every moment, at rest or not. */
export const doubledJobs = ({ vendor }: World): Violation[] =>
  [...Map.groupBy(vendor.jobs.values(), ({ outputs }) => outputs)]
    .filter(([, jobs]) => jobs.length > 1)
    .map(([outputs, jobs]) => ({
      invariant: '2 one key, one job',
      detail: `${outputs}: ${jobs.length} jobs at the vendor`,
    }));

function versionsHold(world: World): string[] {
  const faults: string[] = [];
  const seen = new Map<string, number>();
  for (const [key, version] of recordsOf<Version>(world.history, /\/versions\//)) {
    const name = `${version.model} ${version.digest}`;
    if (seen.has(name)) faults.push(`${name} is version ${seen.get(name)} and version ${version.version}`);
    seen.set(name, version.version);
    const claim = world.history.records.get(keys.digestClaim(version.model, version.digest)) as
      | { version: number }
      | undefined;
    if (claim?.version !== version.version) faults.push(`${key}: its digest's claim says ${claim?.version}`);
  }
  return faults;
}

async function jobsHold(world: World): Promise<string[]> {
  const faults: string[] = [];
  const vendorJobs = Map.groupBy(world.vendor.jobs.values(), ({ outputs }) => outputs);
  for (const [key, job] of recordsOf<Job>(world.history, /^state\/jobs\//)) {
    if (!isFinal(job.state) || !job.settled) faults.push(`${key}: ended as ${job.state}, settled: ${job.settled}`);
    const [theirs] = vendorJobs.get(keys.jobOutputs(job.id)) ?? [];
    if (theirs && theirs.state !== job.state) faults.push(`${key}: is ${job.state}, at the vendor ${theirs.state}`);
    if (!theirs && job.state === 'succeeded') faults.push(`${key}: succeeded, but the vendor never had it`);
    if (!(await world.store.head(`${keys.jobIndex}${descendingTime(Date.parse(job.createdAt))}-${job.id}`)))
      faults.push(`${key}: is not in the index`);
    vendorJobs.delete(keys.jobOutputs(job.id));
  }
  for (const outputs of vendorJobs.keys()) faults.push(`${outputs}: a job at the vendor that nobody knows`);
  return faults;
}

function runsHold(world: World): string[] {
  const faults: string[] = [];
  for (const [key, lock] of recordsOf<RetrainingLock>(world.history, /^state\/models\/[^/]+\/retraining$/))
    if (lock.open) faults.push(`${key}: the run ${lock.open.id} never ended`);
  for (const [key, run] of recordsOf<Retraining>(world.history, /\/retrainings\//)) {
    if (!run.settled) faults.push(`${key}: never settled, ${run.state}`);
    if (run.state === 'finished' && run.decision === null) faults.push(`${key}: finished without a decision`);
    const unread = run.candidates.filter(({ spec }) =>
      [spec.inputs['data'] ?? []].flat().some((file) => run.holdout.data.includes(file)),
    );
    if (unread.length > 0) faults.push(`${key}: a candidate learnt from the windows that it was judged on`);
  }
  return faults;
}

/** Two runs of one model never have jobs at the vendor at the same time. */
function runsTakeTurns(world: World): string[] {
  const spans = recordsOf<Job>(world.history, /^state\/jobs\//).flatMap(([, { id, retraining, spec, createdAt }]) => {
    const theirs = [...world.vendor.jobs.values()].find(({ outputs }) => outputs === keys.jobOutputs(id));
    return retraining && theirs
      ? [{ retraining, model: spec.model, from: Date.parse(createdAt), to: theirs.endsAt }]
      : [];
  });
  return spans.flatMap((a) =>
    spans
      .filter((b) => b.model === a.model && b.retraining !== a.retraining && b.from > a.from && b.from < a.to)
      .map((b) => `${a.model}: the runs ${a.retraining} and ${b.retraining} had jobs at the same time`),
  );
}

function aliasesHold(world: World): string[] {
  const faults: string[] = [];
  for (const [key, alias] of recordsOf<Alias>(world.history, /\/aliases\//)) {
    const moves = [alias, ...alias.history];
    const causes = moves.map(({ cause }) => cause);
    if (new Set(causes).size < causes.length) faults.push(`${key}: one cause moved it twice`);
    if (moves.some((move, index) => move.version === moves[index + 1]?.version))
      faults.push(`${key}: a move to where it was`);
    for (const { version } of moves)
      if (!world.history.records.has(keys.versions(alias.model) + descendingNumber(version)))
        faults.push(`${key}: there is no version ${version}`);
    faults.push(...refusalsHold(world, key, alias));
  }
  return faults;
}

/** A version that a gate refused is marked, unless it was the champion by then. */
const refusalsHold = (world: World, key: string, alias: Alias): string[] => {
  const runs = recordsOf<Retraining>(world.history, /\/retrainings\//).map(([, run]) => run);
  const ever = new Set([alias, ...alias.history].map(({ version }) => version));
  return runs
    .filter(({ model }) => model === alias.model)
    .flatMap(({ id, candidates }) =>
      candidates.flatMap(({ version, gate }) =>
        version === null || !gate || gate.passed || alias.refused.includes(version) || ever.has(version)
          ? []
          : [`${key}: version ${version} failed the gate of ${id} and is not marked`],
      ),
    );
};

/** Every function that an event concerns has taken it, or its dead letter was kept. */
function eventsHold({ history }: World): string[] {
  const faults: string[] = [];
  for (const event of history.events.values())
    for (const { name } of subscribersOf(table, event)) {
      const delivery = `${name} ${event.id}`;
      if (!history.processed.has(delivery) && !history.letters.has(delivery))
        faults.push(`${event.type} of ${event.subject} never reached ${name}`);
    }
  if (history.queued.size + history.due.size > 0)
    faults.push(`${history.queued.size} events and ${history.due.size} due entries are left`);
  return faults;
}

function answersHold(world: World): string[] {
  const { answers, history } = world;
  return answers.flatMap(({ row, input, outcome }) => {
    if (outcome.kind !== 'done') return [];
    const key = input['idempotencyKey'];
    if (row === 'submit-job' && typeof key === 'string' && !history.records.has(keys.jobRecord(jobId(key))))
      return [`the job of ${key} was accepted and is not there`];
    if (row === 'request-retraining') {
      const runs = recordsOf<Retraining>(world.history, /\/retrainings\//).filter(([, run]) => run.cause === key);
      if (runs.length !== 1) return [`the retraining asked for as ${String(key)} has ${runs.length} records`];
    }
    return [];
  });
}
