// What train.js and predict.js share: reading tables, encoding rows, and the model's arithmetic.
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet';

/** Each of these becomes one weight for each value; distance adds one weight of its own. */
const categoryNames = ['hour', 'day_of_week', 'origin', 'destination'];
export const featureNames = [...categoryNames, 'distance'];

/** The environment variable of the training contract; without it the script does not know where it runs. */
export const contract = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this as a Driftless job, or set the SM_* variables`);
  return value;
};

/** TensorFlow.js on WebAssembly: one thread in Node, so the same numbers every time. */
export const startTensorflow = async () => {
  setWasmPaths(join(dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm'))), '/'));
  await tf.setBackend('wasm');
  await tf.ready();
};

/** All Parquet files of a folder, by name, as `{ rows, columns: { name: values } }`. */
export const readTables = async (folder, names) => {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.parquet')).toSorted();
  if (files.length === 0) throw new Error(`there is no Parquet file in ${folder}`);
  const columns = Object.fromEntries(names.map((name) => [name, []]));
  let rows = 0;
  for (const path of files) {
    const file = await asyncBufferFromFile(join(folder, path));
    const metadata = await parquetMetadataAsync(file);
    // Chunks of different row groups arrive in any order.
    const onChunk = ({ columnName, columnData, rowStart }) => {
      for (let i = 0; i < columnData.length; i += 1) columns[columnName][rows + rowStart + i] = columnData[i];
    };
    await parquetRead({ file, metadata, columns: names, onChunk });
    rows += Number(metadata.num_rows);
  }
  return { rows, columns };
};

/** The values and the scale that rows are encoded with, learnt from the training rows. */
export const learnEncoding = (table, rows) => {
  const categories = Object.fromEntries(categoryNames.map((name) => [name, valuesOf(table, rows, name)]));
  const distances = rows.map((row) => logDistance(table.columns.distance[row]));
  const mean = distances.reduce((sum, value) => sum + value, 0) / distances.length;
  const variance = distances.reduce((sum, value) => sum + (value - mean) ** 2, 0) / distances.length;
  return { categories, distance: { mean, deviation: Math.sqrt(variance) || 1 } };
};

const valuesOf = (table, rows, name) => {
  const values = [...new Set(rows.map((row) => String(table.columns[name][row])))];
  return values.toSorted((a, b) => (a < b ? -1 : 1));
};

const logDistance = (miles) => Math.log1p(Number(miles ?? 0));

/** Position 0 of each category is for values that training did not see. */
const widthOf = (encoding, name) => encoding.categories[name].length + 1;

/** How many weights a model with this encoding has: its categories, the distance and a constant. */
export const weightCount = (encoding) => categoryNames.reduce((sum, name) => sum + widthOf(encoding, name), 0) + 2;

/** The rows as numbers: a position for each category, and the scaled distance. */
export const encodeRows = (table, rows, encoding) => ({
  positions: categoryNames.map((name) => {
    const positions = new Map(encoding.categories[name].map((value, index) => [value, index + 1]));
    return Int32Array.from(rows, (row) => positions.get(String(table.columns[name][row])) ?? 0);
  }),
  distance: Float32Array.from(rows, (row) => {
    const { mean, deviation } = encoding.distance;
    return (logDistance(table.columns.distance[row]) - mean) / deviation;
  }),
});

/** Encoded rows [start, end) as a matrix with `weightCount` columns. */
export const designMatrix = (encoded, start, end, encoding) =>
  tf.tidy(() => {
    const oneHots = categoryNames.map((name, index) => {
      const positions = tf.tensor1d(encoded.positions[index].subarray(start, end), 'int32');
      return tf.cast(tf.oneHot(positions, widthOf(encoding, name)), 'float32');
    });
    const distance = tf.tensor2d(encoded.distance.subarray(start, end), [end - start, 1]);
    return tf.concat([...oneHots, distance, tf.ones([end - start, 1])], 1);
  });

const batchSize = 8192;
/** [0, 8192), [8192, 16384), … of `count` rows. */
export const batchesOf = (count) =>
  Array.from({ length: Math.ceil(count / batchSize) }, (_, i) => [i * batchSize, Math.min((i + 1) * batchSize, count)]);

/** The probability of being late for every encoded row. */
export const predictRows = (encoded, encoding, weights) => {
  const scores = new Float32Array(encoded.distance.length);
  const column = tf.tensor2d(weights, [weights.length, 1]);
  for (const [start, end] of batchesOf(scores.length)) {
    const batch = tf.tidy(() => tf.sigmoid(tf.matMul(designMatrix(encoded, start, end, encoding), column)));
    scores.set(batch.dataSync(), start);
    batch.dispose();
  }
  column.dispose();
  return scores;
};
