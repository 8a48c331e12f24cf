import type { Case } from './object-store/case.ts';
import { conditionCases } from './object-store/conditions.ts';
import { keyCases } from './object-store/keys.ts';
import { listCases } from './object-store/list.ts';
import { readAndWriteCases } from './object-store/read-and-write.ts';

/** The promises of `shared/object-store/port.ts`, one by one. */
export const objectStoreCases: Case[] = [...readAndWriteCases, ...conditionCases, ...listCases, ...keyCases];
