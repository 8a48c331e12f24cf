import { alias as aliasKey } from '../domain/keys.ts';
import { Alias } from '../domain/version.ts';
import { isoTime } from '../kernel/clock.ts';
import { DriftlessError } from '../kernel/errors.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { readRecord, updateRecord } from '../object-store/records.ts';
import { findVersion, type RegistryPorts } from './register.ts';

/** The alias that production follows: `promote` and `rollback` move it. */
export const champion = 'champion';

/**
 * `cause` identifies the request, so that the same one again moves nothing twice. `from` is what the mover believes the
 * alias points at now (null: nothing yet); left out, it does not matter.
 */
export type Move = {
  model: string;
  alias: string;
  version: number;
  reason: string;
  cause: string;
  from?: number | null | undefined;
};

const remembered = 200;

export const readAlias = async (store: ObjectStore, model: string, alias: string): Promise<Alias | null> =>
  (await readRecord(store, aliasKey(model, alias), Alias))?.value ?? null;

export const championOf = async (store: ObjectStore, model: string): Promise<number | null> =>
  (await readAlias(store, model, champion))?.version ?? null;

/**
 * Moves an alias by compare-and-swap, keeping its history. Throws `not-found` (no such version), `refused` (the gate
 * refused that version) and `conflict` (it no longer points where the mover believed).
 */
export const moveAlias = async (ports: RegistryPorts, move: Move): Promise<Alias> => {
  await findVersion(ports.store, move.model, move.version);
  const time = isoTime(ports.clock.now());
  const moved = await updateRecord(ports, aliasKey(move.model, move.alias), Alias, (current) =>
    moveTo(current, move, time),
  );
  await announce(ports, 'model.promoted', moved, move);
  return moved;
};

/** Points the alias at what it pointed at before; once more, further back. Throws `not-found` when there is no past to go back to. */
export const rollbackAlias = async (ports: RegistryPorts, move: Omit<Move, 'version' | 'from'>): Promise<Alias> => {
  const time = isoTime(ports.clock.now());
  const moved = await updateRecord(ports, aliasKey(move.model, move.alias), Alias, (current) => {
    if (current && isRepeated(current, move.cause)) return current;
    const previous = current && versionBefore(current);
    if (!current || !previous)
      throw new DriftlessError(
        'not-found',
        `The alias ${move.alias} of ${move.model} has no earlier version to go back to.`,
      );
    return moveTo(current, { ...move, version: previous.version }, time, true);
  });
  await announce(ports, 'model.rolled-back', moved, move);
  return moved;
};

/** After a rollback, what came after the present version is what was rolled back: the past begins before it. */
const versionBefore = ({ version, byRollback, history, refused }: Alias): Alias['history'][number] | undefined => {
  const reign = byRollback ? history.findIndex((past) => past.version === version) : -1;
  return history.slice(reign + 1).find((past) => past.version !== version && !refused.includes(past.version));
};

/**
 * Records that the gate refused a version, in the very record that points at the champion: no move can slip in
 * between. A version that is already the champion is past refusing. Nothing to do before the first promotion.
 */
export const refuseVersion = async (ports: RegistryPorts, model: string, version: number): Promise<void> => {
  if (!(await readAlias(ports.store, model, champion))) return;
  await updateRecord(ports, aliasKey(model, champion), Alias, (current) =>
    current && current.version !== version && !current.refused.includes(version)
      ? { ...current, refused: [...current.refused, version] }
      : current,
  );
};

const isRepeated = (alias: Alias, cause: string): boolean =>
  alias.cause === cause || alias.history.some((past) => past.cause === cause);

const moveTo = (
  current: Alias | null,
  { model, alias, version, reason, cause, from }: Move,
  time: string,
  byRollback = false,
): Alias => {
  if (current && isRepeated(current, cause)) return current;
  if (current?.refused.includes(version))
    throw new DriftlessError(
      'refused',
      `The gate refused version ${version} of ${model}; ${alias} cannot point at it.`,
    );
  const at = current?.version ?? null;
  if (from !== undefined && from !== at)
    throw new DriftlessError(
      'conflict',
      `The alias ${alias} of ${model} points at ${at ?? 'nothing'}, not at ${from ?? 'nothing'}; look again.`,
    );
  if (current?.version === version) return current;
  const history = [...(current ? [pastMove(current)] : []), ...(current?.history ?? [])].slice(0, remembered);
  return { model, alias, version, reason, cause, movedAt: time, byRollback, history, refused: current?.refused ?? [] };
};

const pastMove = ({ version, reason, cause, movedAt, byRollback }: Alias): Alias['history'][number] => ({
  version,
  reason,
  cause,
  movedAt,
  byRollback,
});

/** The move's own event, again if it is repeated; a request that moved nothing says nothing. */
const announce = async (
  ports: RegistryPorts,
  name: 'model.promoted' | 'model.rolled-back',
  { alias, version, reason, cause, movedAt, history }: Alias,
  { model, cause: asked }: Omit<Move, 'version'>,
): Promise<void> => {
  if (alias !== champion || cause !== asked) return;
  const data = { model, version, from: history[0]?.version ?? null, reason };
  await ports.bus.publish([{ name, subject: `${model}@${version}`, data }], movedAt);
};
