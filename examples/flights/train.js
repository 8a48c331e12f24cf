// Logistic regression: how likely is a flight to be more than 15 minutes late?
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as features from './features.js';

const dayMs = 86_400_000;

const readHyperparameters = () => {
  const given = JSON.parse(process.env.SM_HPS || '{}');
  const number = (name, otherwise) => {
    const value = Number(given[name] ?? otherwise);
    if (!Number.isFinite(value)) throw new Error(`the hyperparameter ${name} must be a number`);
    return value;
  };
  const days = given.window === undefined ? ['', Infinity] : /^(\d+)d$/.exec(given.window);
  if (!days) throw new Error('the hyperparameter window must be a number of days such as 60d');
  return {
    epochs: number('epochs', 4),
    learningRate: number('learning-rate', 0.1),
    l2: number('l2', 0.00001),
    windowDays: Number(days[1]),
  };
};

/** The rows that have a label and are recent enough, with the label as 0 or 1; the last label of an id counts. */
const joinLabels = (flights, labels, windowDays) => {
  const lateById = new Map(labels.columns.id.map((id, row) => [String(id), labels.columns.late[row] ? 1 : 0]));
  const times = flights.columns.date.map(Number);
  const newest = times.reduce((a, b) => Math.max(a, b), -Infinity);
  const rows = times.keys().filter((row) => {
    const recent = times[row] > newest - windowDays * dayMs;
    return recent && lateById.has(String(flights.columns.id[row]));
  });
  return [...rows].map((row) => ({ row, late: lateById.get(String(flights.columns.id[row])) }));
};

/** xorshift32: the same pseudo-random numbers in every run. https://www.jstatsoft.org/article/view/v008i14 */
const randomIntegers = (seed) => {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
};

const shuffle = (items, random) => {
  for (let i = items.length - 1; i > 0; i -= 1) {
    const j = random() % (i + 1);
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
};

const fit = (examples, flights, encoding, { epochs, learningRate, l2 }) => {
  const rows = examples.map(({ row }) => row);
  const encoded = features.encodeRows(flights, rows, encoding);
  const late = Float32Array.from(examples, (example) => example.late);
  const weights = tf.variable(tf.zeros([features.weightCount(encoding), 1]), true, 'weights');
  const random = randomIntegers(20010101);
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const optimizer = tf.train.adam(learningRate / (1 + epoch) ** 2);
    for (const [start, end] of shuffle(features.batchesOf(rows.length), random)) {
      const gradient = tf.tidy(() => {
        const matrix = features.designMatrix(encoded, start, end, encoding);
        const error = tf.sub(
          tf.sigmoid(tf.matMul(matrix, weights)),
          tf.tensor2d(late.subarray(start, end), [end - start, 1]),
        );
        return tf.add(tf.div(tf.matMul(matrix, error, true, false), end - start), tf.mul(weights, l2));
      });
      optimizer.applyGradients({ weights: gradient });
      gradient.dispose();
    }
    optimizer.dispose();
  }
  return [...weights.dataSync()];
};

/** Mean of −ln p(label). */
const logLoss = (examples, probability) => {
  const losses = examples.map(({ late }, index) => {
    const p = Math.max(1e-6, Math.min(1 - 1e-6, probability(index)));
    return -Math.log(late ? p : 1 - p);
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
};

const hyperparameters = readHyperparameters();
await features.startTensorflow();
const flights = await features.readTables(features.contract('SM_CHANNEL_TRAINING'), [
  'id',
  'date',
  ...features.featureNames,
]);
const labels = await features.readTables(features.contract('SM_CHANNEL_LABELS'), ['id', 'late']);
const examples = shuffle(joinLabels(flights, labels, hyperparameters.windowDays), randomIntegers(15));
if (examples.length < 100) throw new Error(`only ${examples.length} rows have a label: not enough to train`);

const held = Math.floor(examples.length / 20);
const [validation, training] = [examples.slice(0, held), examples.slice(held)];
const encoding = features.learnEncoding(
  flights,
  training.map(({ row }) => row),
);
const weights = fit(training, flights, encoding, hyperparameters);
await writeFile(
  join(features.contract('SM_MODEL_DIR'), 'model.json'),
  JSON.stringify({ format: 1, encoding, weights }),
);

const measure = (some) => {
  const encoded = features.encodeRows(
    flights,
    some.map(({ row }) => row),
    encoding,
  );
  const scores = features.predictRows(encoded, encoding, weights);
  return logLoss(some, (index) => scores[index]);
};
const baseRate = training.reduce((sum, { late }) => sum + late, 0) / training.length;
console.log(`rows=${examples.length}`);
console.log(`base-rate=${baseRate}`);
console.log(`train:log-loss=${measure(training)}`);
console.log(`validation:log-loss=${measure(validation)}`);
console.log(`validation:base-log-loss=${logLoss(validation, () => baseRate)}`);
