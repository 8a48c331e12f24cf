import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generatedFiles, packageVersion, staleFiles } from './files.ts';

/** `npm run generate` brings the generated files up to date; `-- --check` only says which are not, and fails. */
const root = join(import.meta.dirname, '../..');
const files = generatedFiles(await packageVersion(root));
const stale = await staleFiles(root, files);

if (process.argv.includes('--check')) {
  for (const path of stale) console.error(`${path} is stale; run npm run generate.`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const path of stale) {
    const text = files.get(path);
    await mkdir(dirname(join(root, path)), { recursive: true });
    await (text === undefined ? rm(join(root, path)) : writeFile(join(root, path), text));
    console.error(`${text === undefined ? 'Removed' : 'Wrote'} ${path}`);
  }
  console.error(`${files.size} generated files, ${stale.length} changed.`);
}
