#!/usr/bin/env node
// Runs the TypeScript as it is: Node 22.18 and later strip the types. Inside node_modules Node refuses to, so a
// published package carries the bundle instead.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`driftless: Node ${process.versions.node} is too old; it needs 22.18 or later.\n`);
  process.exit(1);
}
await import(import.meta.url.includes('/node_modules/') ? '../dist/cli.js' : '../functions/entry/cli.ts');
