import type { Retraining } from '../../shared/domain/retraining.ts';
import { inboxData, inboxLabels, inboxModels } from '../../shared/domain/keys.ts';
import type { Random } from './random.ts';
import { dataRows, dayMs, labelRows, modelBytes } from './rows.ts';
import type { World } from './world.ts';

/** Something that people or platforms do, at a moment (milliseconds after the start). */
export type Action = { at: number; name: string; act(world: World): Promise<void> | void };

export const start = Date.parse('2026-01-01T00:00:00.000Z');
const hourMs = 3600 * 1000;

/** What happens in a seed's world: a few models, each with its own days. Earliest first. */
export const workloadOf = (random: Random): Action[] => {
  const models = ['alpha', 'beta', 'gamma'].slice(0, 1 + random.below(3));
  const actions = models.flatMap((model, index) =>
    index === 0 || random.chance(0.3) ? declaredModel(random, model) : plainModel(random, model),
  );
  return [...actions, ...malformed(random)].toSorted((a, b) => a.at - b.at);
};

/** A model that nobody declared: artifacts, jobs, moves of its champion. */
const plainModel = (random: Random, model: string): Action[] => [
  ...artifacts(random, model, 2 + random.below(4)),
  ...jobs(random, model, random.below(3)),
  ...moves(random, model, random.below(5)),
];

/** A model that is watched: a first champion, quiet days, then a drift that asks for a retraining. */
const declaredModel = (random: Random, model: string): Action[] => {
  const days = 6 + random.below(3);
  const manifest = seededManifest(random, model);
  const apply = (name: string, at: number, body: object): Action => ({
    at,
    name,
    act: (world) => world.request('apply-model', { model, body }),
  });
  return [
    apply('declare', 0, manifest),
    drop(model, 'first.json', modelBytes(0.55, `${model}-first`), hourMs),
    { at: 4 * dayMs + hourMs, name: 'promote the first', act: (world) => promote(world, model, 1, 'first') },
    ...filesOf(random, model, days),
    ...artifacts(random, model, random.below(2)),
    ...moves(random, model, random.below(2)),
    ...requests(random, model, days),
    ...changes(random, manifest).map((body) => apply('change the policy', random.below(days * 24) * hourMs, body)),
  ];
};

/** The parts of a manifest that worlds differ in. */
export type Policy = { candidates: number; windows: number; cooldown: string };

export const manifestOf = (model: string, { candidates, windows, cooldown }: Policy) => ({
  apiVersion: 'driftless.dev/v1',
  model,
  task: 'binary',
  data: { timestamp: 'ts', predictionId: 'id', features: ['x', 'c'], score: 'p', label: 'y' },
  monitor: { window: 'P1D', falseAlarmsPer100: 34, minEffect: 0.3 },
  train: {
    target: 'sim',
    command: ['train'],
    inputs: { data: `${inboxData}${model}/`, labels: `${inboxLabels}${model}/` },
  },
  predict: { target: 'sim', command: ['predict'] },
  retrain: {
    candidates: Array.from({ length: candidates }, (_, depth) => ({ target: 'sim', hyperparameters: { depth } })),
    cooldown,
  },
  promote: { gate: { windows, confidence: 0.6 }, approval: 'automatic' },
});

/** Some with a target that does not exist, or a prediction job that its platform refuses. */
const seededManifest = (random: Random, model: string): object => {
  const cooldown = random.pick(['PT1M', 'PT1H', 'P1D']);
  const manifest = manifestOf(model, { candidates: 1 + random.below(3), windows: 2 + random.below(2), cooldown });
  for (const candidate of manifest.retrain.candidates) {
    candidate.hyperparameters.depth += random.below(9);
    if (random.chance(0.05)) candidate.target = 'nowhere';
  }
  if (random.chance(0.1)) manifest.promote.approval = 'manual';
  return random.chance(0.05)
    ? { ...manifest, predict: { ...manifest.predict, environment: { REFUSE: 'yes' } } }
    : manifest;
};

/** Manifests that replace the first one some day, a run under way or not. */
const changes = (random: Random, manifest: object): object[] => {
  if (random.chance(0.7)) return [];
  const lacking = random.pick(['predict', 'retrain', 'train', 'none of them']);
  return [Object.fromEntries(Object.entries(manifest).filter(([section]) => section !== lacking)), manifest].slice(
    0,
    1 + random.below(2),
  );
};

const put = async (world: World, key: string, body: string): Promise<void> => {
  await world.store.put(key, body);
  await world.announce(key);
};

const drop = (model: string, name: string, body: string, at: number): Action => ({
  at,
  name: `drop ${name}`,
  act: (world) => put(world, `${inboxModels}${model}/${name}`, body),
});

const dropFolder = (model: string, folder: string, bodies: string[], at: number): Action => ({
  at,
  name: `drop ${folder}/`,
  act: async (world) => {
    const prefix = `${inboxModels}${model}/${folder}/`;
    for (const [index, body] of bodies.entries()) await put(world, `${prefix}part-${index}.json`, body);
    await put(world, `${prefix}_SUCCESS`, '');
  },
});

/** Few contents under many names, several at one moment, some written over, some as folders. */
const artifacts = (random: Random, model: string, count: number): Action[] =>
  Array.from({ length: count }, () => {
    const at = random.below(3) * hourMs;
    const body = (): string => modelBytes(0.6, `${model}-${random.below(3)}`);
    if (random.chance(0.25)) return dropFolder(model, `set-${random.below(2)}`, [body(), body()], at);
    return drop(model, `model-${random.below(4)}.json`, body(), at);
  });

const promote = (world: World, model: string, version: number, key: string): void =>
  world.request('move-alias', { model, alias: 'champion', body: { version }, idempotencyKey: `${model}-${key}` });

const moves = (random: Random, model: string, count: number): Action[] =>
  Array.from({ length: count }, (_, index) => {
    const at = 2 * hourMs + random.below(8 * 24) * hourMs;
    const [version, isRollback, key] = [1 + random.below(4), random.chance(0.4), `move-${index - random.below(2)}`];
    return {
      at,
      name: isRollback ? `roll ${model} back` : `promote ${model}@${version}`,
      act: (world) =>
        isRollback
          ? world.request('rollback-model', { model, body: {}, idempotencyKey: `${model}-back-${key}` })
          : promote(world, model, version, key),
    };
  });

/** People tidy up, whatever still needs the file. */
const remove = (key: string, after: number): Action => ({
  at: after + dayMs,
  name: `delete ${key}`,
  act: (world) => world.store.delete(key),
});

/** Files of data and labels, day by day; the last two or three days have drifted. Some are written over, some twice. */
const filesOf = (random: Random, model: string, days: number): Action[] =>
  Array.from({ length: days }, (_, day) => {
    const file = { model, day, drifted: day >= days - 2 - random.below(2), salt: String(random.below(3)) };
    const at = day * dayMs + random.below(20) * hourMs;
    const write = (area: string, body: string, after: number): Action => ({
      at: at + after,
      name: `write ${area}${model}/${day}`,
      act: (world) => put(world, `${area}${model}/day-${day}.jsonl`, body),
    });
    const over = random.pick([0, random.below(1500), random.below(30) * hourMs]);
    return [
      write(inboxData, dataRows(start, file), 0),
      write(inboxLabels, labelRows(start, file), random.below(20) * hourMs),
      ...(random.chance(0.2) ? [write(inboxData, dataRows(start, { ...file, salt: 'over' }), over)] : []),
      ...(random.chance(0.1) ? [write(inboxLabels, labelRows(start, file), over)] : []),
      ...(random.chance(0.03) ? [remove(`${random.pick([inboxData, inboxLabels])}${model}/day-${day}.jsonl`, at)] : []),
    ];
  }).flat();

/** People who ask for checks and retrainings, and stop a run's jobs. */
const requests = (random: Random, model: string, days: number): Action[] =>
  Array.from({ length: random.below(5) }, (_, index): Action => {
    const at = (3 + random.below(days)) * dayMs + random.below(24) * hourMs;
    const body = { reason: 'by hand' };
    const input = { model, body, idempotencyKey: `${model}-retrain-${index - random.below(2)}` };
    return random.pick<Action>([
      { at, name: `check ${model}`, act: (world) => world.request('request-check', { model, body: {} }) },
      { at, name: `retrain ${model}`, act: (world) => world.request('request-retraining', input) },
      {
        at,
        name: `retrain ${model} at once`,
        act: (world) =>
          world.say({
            name: 'retraining.requested',
            subject: model,
            data: { model, reason: 'cron', cause: `cron-${index}` },
          }),
      },
      {
        at,
        name: `retrain ${model} from all sides`,
        act: async (world) => {
          world.request('request-retraining', input);
          for (const cause of ['cron', 'alarm', 'new-data'])
            await world.say({
              name: 'retraining.requested',
              subject: model,
              data: { model, reason: cause, cause: `${cause}-${index}` },
            });
        },
      },
      { at, name: `stop a job of ${model}`, act: (world) => stopCandidate(world, model) },
    ]);
  });

const stopCandidate = (world: World, model: string): void => {
  const runs = [...world.history.records].filter(([key]) => key.startsWith(`state/models/${model}/retrainings/`));
  const id = runs.flatMap(([, run]) => (run as Retraining).candidates.map(({ job }) => job))[0];
  if (id !== undefined) world.request('stop-job', { id });
};

const jobs = (random: Random, model: string, count: number): Action[] =>
  Array.from({ length: count }, (_, index): Action[] => {
    const at = random.below(6) * hourMs;
    const key = `${model}-job-${index - random.below(2)}`;
    const body = {
      kind: random.pick(['train', 'process']),
      model,
      command: ['run', ...(random.chance(0.2) ? ['otherwise'] : [])],
      target: random.chance(0.05) ? 'nowhere' : 'sim',
      ...(random.chance(0.1) ? { environment: { REFUSE: 'yes' } } : {}),
      ...(random.chance(0.05) ? { resources: { gpu: { type: 'any', count: 1 } } } : {}),
    };
    const submit: Action = {
      at,
      name: `submit ${key}`,
      act: (world) => world.request('submit-job', { body, idempotencyKey: key }),
    };
    const stop: Action = {
      at: at + random.below(20) * 60_000,
      name: `stop ${key}`,
      act: (world) => stopByKey(world, key),
    };
    return random.chance(0.3) ? [submit, stop] : [submit];
  }).flat();

const stopByKey = (world: World, key: string): void => {
  const id = [...world.history.records.values()].find(
    (value) => (value as { idempotencyKey?: string }).idempotencyKey === key,
  );
  if (id) world.request('stop-job', { id: (id as { id: string }).id });
};

/** What no function can make anything of. */
const malformed = (random: Random): Action[] => {
  const at = (): number => random.below(5 * 24) * hourMs;
  const bad = (key: string, body: string): Action => ({
    at: at(),
    name: `bad ${key}`,
    act: (world) => put(world, key, body),
  });
  const all: Action[] = [
    bad(`${inboxModels}stray.json`, '{}'),
    bad(`${inboxModels}No Name/model.json`, '{}'),
    bad(`${inboxData}alpha/garbage.jsonl`, 'no rows\n'),
    bad(`${inboxData}alpha/table.xlsx`, 'x'),
    bad(`${inboxData}nobody/day-0.jsonl`, '{"x":1}\n'),
    bad(`${inboxLabels}alpha/no-time.jsonl`, '{"id":"a","y":true}\n'),
    bad('jobs/unknown/completion.json', '{}'),
    {
      at: at(),
      name: 'apply nonsense',
      act: (world) => world.request('apply-model', { model: 'alpha', body: { model: 'alpha' } }),
    },
    { at: at(), name: 'move to nowhere', act: (world) => promote(world, 'alpha', 99, 'nowhere') },
    {
      at: at(),
      name: 'tell of what is gone',
      act: (world) =>
        world.say({
          name: 'object.created',
          subject: `${inboxData}alpha/gone.jsonl`,
          data: { store: 'mem:', key: `${inboxData}alpha/gone.jsonl`, size: 1, version: 'x' },
        }),
    },
  ];
  return all.filter(() => random.chance(0.2));
};
