/** DESIGN.md §2 as data: who may import whom. The first layer whose `files` match a path is its layer. */
export type Layer = {
  name: string;
  files: RegExp;
  /** Layers that may be imported; `own folder` is the file's own below `shared/` or `functions/`, `anything` every layer. */
  may: readonly string[];
  /** Layers that may be loaded by `import()` or named in `import type`, but not imported. */
  mayLoad?: readonly string[];
  /** Whether vendors' SDKs may be imported, or only loaded by `import()`. */
  sdk?: 'import' | 'load';
};

const portable = ['kernel', 'domain', 'port', 'port set', 'portable'];
const outside = ['anything'];

export const layers: readonly Layer[] = [
  { name: 'kernel', files: /^shared\/kernel\//, may: ['kernel'] },
  { name: 'domain', files: /^shared\/domain\//, may: ['kernel', 'domain'] },
  { name: 'port', files: /^shared\/[^/]+\/port\.ts$/, may: ['kernel', 'domain', 'port'] },
  { name: 'port set', files: /^shared\/ports\.ts$/, may: ['kernel', 'port', 'portable'] },
  {
    name: 'portable',
    files:
      /^shared\/(object-store\/(records|due|newest-first|keys|list-all|dead-letters)\.ts|event-bus\/(publish|store-bus)\.ts|training\/(submit|track)\.ts|(registry|monitoring|retraining)\/)/,
    may: portable,
  },
  { name: 'report', files: /^shared\/report\//, may: [...portable, 'report'] },
  {
    name: 'open',
    files: /^shared\/[^/]+\/open\.ts$/,
    may: ['kernel', 'domain', 'port', 'cloud'],
    mayLoad: ['driver'],
    sdk: 'load',
  },
  { name: 'cloud', files: /^shared\/clouds\//, may: ['kernel', 'domain', 'cloud'], sdk: 'import' },
  { name: 'config', files: /^shared\/config\.ts$/, may: ['kernel', 'domain', 'open'] },
  {
    name: 'host',
    files: /^shared\/(hosts|cli)\//,
    may: [...portable, 'report', 'open', 'cloud', 'host', 'config', 'generated'],
    sdk: 'import',
  },
  {
    name: 'driver',
    files: /^shared\/(object-store|event-bus|training|tables|serving)\//,
    may: ['kernel', 'domain', 'port', 'cloud', 'own folder'],
    sdk: 'import',
  },
  { name: 'table', files: /^functions\/table\.ts$/, may: ['function'] },
  {
    name: 'entry',
    files: /^functions\/entry\//,
    may: [...portable, 'report', 'open', 'cloud', 'host', 'config', 'table', 'entry', 'generated'],
  },
  { name: 'function', files: /^functions\/[^/]+\//, may: [...portable, 'report', 'own folder'] },
  { name: 'generated', files: /^infra\/generated\//, may: [] },
  { name: 'tooling', files: /^(infra|test|examples|bin)\/|^[^/]+\.config\.ts$/, may: outside, sdk: 'import' },
];

/** Packages that are some vendor's, heavy to load, and belong behind a port. */
export const vendorSdk = /^(@aws-sdk|@smithy|@azure|@google-cloud|@kubernetes|@databricks|@duckdb)\//;

/** An exception lasts as long as it is needed: one that excuses nothing is itself a fault. */
export type Exception = { rule: string; file: string; what: string; reason: string };

export const exceptions: readonly Exception[] = [
  {
    rule: 'layers',
    file: 'shared/training/local-supervisor.ts',
    what: 'shared/object-store/open.ts',
    reason: 'It is a process of its own that outlives its host, so it opens the store by itself.',
  },
  {
    rule: 'layers',
    file: 'shared/hosts/local/up.ts',
    what: 'shared/object-store/filesystem-layout.ts',
    reason: "It watches the store's folder, and only the driver's layout knows the key of a path; loaded by import().",
  },
  {
    rule: 'environment',
    file: 'shared/training/local-supervisor.ts',
    what: 'process.env',
    reason: 'It passes PATH and the like on to the command that it runs.',
  },
];
