#!/usr/bin/env node
// Runs the TypeScript of a checkout as it is: Node 22.18 and later strip the types.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
const isTooOld = major < 22 || (major === 22 && minor < 18);
const pinned = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));

if (!isTooOld)
  await import(import.meta.url.includes('/node_modules/') ? '../dist/cli.js' : '../functions/entry/cli.ts');
else if (existsSync(pinned)) runWith(pinned);
else {
  process.stderr.write(`driftless: Node ${process.versions.node} is too old; it needs 22.18 or later.\n`);
  process.exitCode = 1;
}

/** A checkout brings its own Node, so an old one on the machine does not matter. */
function runWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal ? 1 : 0);
  });
}
