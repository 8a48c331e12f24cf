import type { EventPublisher } from './event-bus/publish.ts';
import { functionDefiner } from './kernel/define-function.ts';
import type { ObjectStore } from './object-store/port.ts';
import type { TableReader } from './tables/port.ts';
import type { TrainingTargets } from './training/port.ts';

/** Everything a function can ask for in `needs`; clock, ids and log come with every function. */
export type Ports = { store: ObjectStore; bus: EventPublisher; training: TrainingTargets; tables: TableReader };

export const defineFunction = functionDefiner<Ports>();
