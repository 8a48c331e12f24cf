import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { isFinal, type JobState } from '../../shared/domain/job.ts';
import { isError } from '../../shared/kernel/errors.ts';
import type { PlannedJob, TrainingPlatform, VendorJob } from '../../shared/training/port.ts';

/** A backend under test. Job names are new in every case. */
export type TrainingContext = {
  platform: TrainingPlatform;
  /**
   * `succeeds` prints the metric loss=0.25 and leaves a model; `fails` ends with exit code 3; `endless` runs until it is
   * stopped; `impossible` asks for what this platform does not have.
   */
  job: (what: 'succeeds' | 'fails' | 'endless' | 'impossible') => PlannedJob;
  /** The same key as `job`, with something else to do. */
  changed: (job: PlannedJob) => PlannedJob;
  /** What the vendor really ran, by name: a name for each run. */
  vendorRuns: () => Promise<string[]>;
  /** How many calls have reached the vendor. */
  vendorCalls: () => number;
  /** The vendor does what the next `submit` asks, but the answer never arrives. */
  loseNextAnswer: () => void;
  /** The vendor reports a state for the job that nobody has heard of. */
  reportUnknownState: (name: string) => void;
  close: () => Promise<void>;
};

export type Case = { name: string; run: (context: TrainingContext) => Promise<void> };

const finalOf = async (platform: TrainingPlatform, name: string): Promise<VendorJob> => {
  const history = await historyOf(platform, name);
  const last = history.at(-1);
  assert(last && isFinal(last.state), `${name} did not end within its time`);
  return last;
};

/** Everything that `describe` tells until the job has ended, or for 20 seconds. */
const historyOf = async (platform: TrainingPlatform, name: string): Promise<VendorJob[]> => {
  const history: VendorJob[] = [];
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; await wait(30)) {
    const job = await platform.describe(name);
    assert(job, `${name} is unknown to its platform`);
    history.push(job);
    if (isFinal(job.state)) break;
  }
  return history;
};

const rank: Record<JobState, number> = { pending: 0, running: 1, succeeded: 2, failed: 2, stopped: 2 };

export const trainingCases: Case[] = [
  {
    name: 'a job runs, and its metrics, model and spec hash are read back',
    run: async ({ platform, job }) => {
      const planned = job('succeeds');
      await platform.submit(planned);
      const ended = await finalOf(platform, planned.name);
      assert.equal(ended.state, 'succeeded');
      assert.deepEqual(ended.metrics, { loss: 0.25 });
      assert.equal(ended.specHash, planned.specHash);
      assert.match(ended.model ?? '', /model\/$/);
      assert.equal(ended.reason, undefined);
    },
  },
  {
    name: 'a failed command is told with its reason',
    run: async ({ platform, job }) => {
      const planned = job('fails');
      await platform.submit(planned);
      const ended = await finalOf(platform, planned.name);
      assert.equal(ended.state, 'failed');
      assert.equal(ended.reason?.code, 'exit-code');
      assert.match(ended.reason.detail, /3/);
    },
  },
  {
    name: 'the same key twice is one vendor job',
    run: async ({ platform, job, vendorRuns }) => {
      const planned = job('succeeds');
      await platform.submit(planned);
      await platform.submit(planned);
      await finalOf(platform, planned.name);
      await platform.submit(planned);
      assert.deepEqual(await vendorRuns(), [planned.name]);
    },
  },
  {
    name: 'the same key eight times at once is one vendor job',
    run: async ({ platform, job, vendorRuns }) => {
      const planned = job('succeeds');
      await Promise.all(Array.from({ length: 8 }, () => platform.submit(planned)));
      await finalOf(platform, planned.name);
      assert.deepEqual(await vendorRuns(), [planned.name]);
    },
  },
  {
    name: 'the same key with another spec is a conflict, and the first job goes on',
    run: async ({ platform, job, changed, vendorRuns }) => {
      const planned = job('succeeds');
      await platform.submit(planned);
      await assert.rejects(platform.submit(changed(planned)), (error) => isError(error, 'conflict'));
      const ended = await finalOf(platform, planned.name);
      assert.equal(ended.specHash, planned.specHash);
      assert.deepEqual(await vendorRuns(), [planned.name]);
    },
  },
  {
    name: 'a submit whose answer was lost is one job when it is submitted again',
    run: async ({ platform, job, loseNextAnswer, vendorRuns }) => {
      const planned = job('succeeds');
      loseNextAnswer();
      await platform.submit(planned).catch((error: unknown) => assert(isError(error, 'unavailable')));
      await platform.submit(planned);
      assert.equal((await finalOf(platform, planned.name)).state, 'succeeded');
      assert.deepEqual(await vendorRuns(), [planned.name]);
    },
  },
  {
    name: 'states only move forward, and an end stays',
    run: async ({ platform, job }) => {
      const planned = job('succeeds');
      await platform.submit(planned);
      const states = (await historyOf(platform, planned.name)).map(({ state }) => state);
      states.push((await platform.describe(planned.name))?.state ?? 'pending');
      const ranks = states.map((state) => rank[state]);
      assert.deepEqual(
        ranks,
        ranks.toSorted((a, b) => a - b),
        states.join(' '),
      );
      assert.equal(states.at(-1), 'succeeded');
    },
  },
  {
    name: 'a state that nobody has heard of is running',
    run: async ({ platform, job, reportUnknownState }) => {
      const planned = job('endless');
      await platform.submit(planned);
      reportUnknownState(planned.name);
      assert.equal((await platform.describe(planned.name))?.state, 'running');
    },
  },
  {
    name: 'what the platform cannot honour is named by plan and refused by submit, without a call',
    run: async ({ platform, job, vendorCalls }) => {
      const planned = job('impossible');
      const before = vendorCalls();
      const plan = platform.plan(planned);
      assert('unsupported' in plan);
      assert.deepEqual(
        plan.unsupported.map(({ field }) => field),
        ['resources.gpu'],
      );
      await assert.rejects(platform.submit(planned), (error) => isError(error, 'unsupported'));
      assert.equal(vendorCalls(), before);
      assert.equal(await platform.describe(planned.name), null);
    },
  },
  {
    name: 'plan is pure, and its request carries the name and the spec hash',
    run: async ({ platform, job, vendorCalls }) => {
      const planned = job('succeeds');
      const before = vendorCalls();
      const plan = platform.plan(planned);
      assert.deepEqual(platform.plan(planned), plan);
      assert.equal(vendorCalls(), before);
      const text = JSON.stringify(plan);
      assert(text.includes(`"${planned.name}"`) && text.includes(`"${planned.specHash}"`), text);
    },
  },
  {
    name: 'a stopped job ends as stopped, and stopping is idempotent',
    run: async ({ platform, job }) => {
      const planned = job('endless');
      await platform.submit(planned);
      await platform.stop(planned.name);
      await platform.stop(planned.name);
      const ended = await finalOf(platform, planned.name);
      assert.equal(ended.state, 'stopped');
      assert.equal(ended.reason?.code, 'stopped');
      await platform.stop(planned.name);
      assert.equal((await platform.describe(planned.name))?.state, 'stopped');
    },
  },
  {
    name: 'stopping a job that has ended well changes nothing',
    run: async ({ platform, job }) => {
      const planned = job('succeeds');
      await platform.submit(planned);
      const ended = await finalOf(platform, planned.name);
      await platform.stop(planned.name);
      assert.deepEqual(await platform.describe(planned.name), ended);
    },
  },
  {
    name: 'an unknown name is null to describe and nothing to stop',
    run: async ({ platform, job }) => {
      const { name } = job('succeeds');
      assert.equal(await platform.describe(name), null);
      await platform.stop(name);
      assert.equal(await platform.describe(name), null);
    },
  },
];
