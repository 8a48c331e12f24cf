import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../shared/kernel/clock.ts';
import { systemIds } from '../../shared/kernel/ids.ts';
import { filesystemObjectStore } from '../../shared/object-store/filesystem.ts';
import { memoryObjectStore } from '../../shared/object-store/memory.ts';
import type { ObjectStore } from '../../shared/object-store/port.ts';

export type OpenStore = { store: ObjectStore; reopen: () => Promise<ObjectStore>; close: () => Promise<void> };

/** `deviations` names the cases that the backend is known to fail; one that passes after all fails the run. */
export type Backend = {
  name: string;
  tier: 'T0' | 'T1' | 'T2' | 'T3';
  open: () => Promise<OpenStore>;
  deviations: Record<string, { reason: string; link: string }>;
};

const ports = { clock: systemClock, ids: systemIds };

const openMemory = async (): Promise<OpenStore> => {
  const store = memoryObjectStore(ports);
  return { store, reopen: async () => store, close: async () => undefined };
};

const openFilesystem = async (): Promise<OpenStore> => {
  const root = await mkdtemp(join(tmpdir(), 'driftless-store-'));
  const reopen = (): Promise<ObjectStore> => filesystemObjectStore({ root, ...ports });
  return { store: await reopen(), reopen, close: () => rm(root, { recursive: true, force: true }) };
};

export const objectStoreBackends: Backend[] = [
  { name: 'memory', tier: 'T0', open: openMemory, deviations: {} },
  { name: 'filesystem', tier: 'T0', open: openFilesystem, deviations: {} },
];
