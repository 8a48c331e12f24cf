import type { Output } from './output.ts';
import type { Session } from './session.ts';

/** Runs one command against the deployment that the command line names. */
export type Run = (command: (session: Session, output: Output) => Promise<void>) => Promise<void>;
