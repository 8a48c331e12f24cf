// Scores every flight of the data channel with the model of the model channel.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as features from './features.js';

const { format, encoding, weights } = JSON.parse(
  await readFile(join(features.contract('SM_CHANNEL_MODEL'), 'model.json'), 'utf8'),
);
if (format !== 1) throw new Error(`model.json has the format ${format}; this script reads format 1`);

await features.startTensorflow();
const flights = await features.readTables(features.contract('SM_CHANNEL_DATA'), [
  'id',
  'date',
  ...features.featureNames,
]);
const rows = Array.from({ length: flights.rows }, (_, row) => row);
const scores = features.predictRows(features.encodeRows(flights, rows, encoding), encoding, weights);

const lines = rows.map((row) => {
  const date = new Date(flights.columns.date[row]).toISOString();
  return `${flights.columns.id[row]},${date},${scores[row]},${scores[row] > 0.5}\n`;
});
await writeFile(
  join(features.contract('SM_OUTPUT_DATA_DIR'), 'predictions.csv'),
  `id,date,score,prediction\n${lines.join('')}`,
);
console.log(`rows=${rows.length}`);
