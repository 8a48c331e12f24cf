import type { JobSpec } from '../domain/job.ts';
import { inputPlace } from './local-inputs.ts';
import { memoryBytes } from './resources.ts';

export type Machine = { cpus: number; memoryBytes: number };
type Unsupported = { field: string; reason: string }[];

/** Every field of the spec that this machine's runner cannot honour. */
export const unsupportedLocally = (spec: JobSpec, machine: Machine): Unsupported => [
  ...fault(spec.kind === 'tune', 'kind', 'a tuning job needs a platform that tunes; process, train and batch run here'),
  ...fault(spec.image !== undefined, 'image', 'this runner has no containers; give a source and a command'),
  ...fault(spec.spot, 'spot', 'this machine has no spot capacity'),
  ...sourceFaults(spec.source),
  ...inputFaults(spec.inputs),
  ...resourceFaults(spec.resources, machine),
  ...secretFaults(spec.secrets),
];

const fault = (wrong: boolean, field: string, reason: string): Unsupported => (wrong ? [{ field, reason }] : []);

const sourceFaults = (source: string | undefined): Unsupported =>
  source === undefined
    ? []
    : [
        ...fault(inputPlace(source) === 'foreign', 'source', `${source} is neither a store key nor a local path`),
        ...fault(/\.(zip|tar|tgz|tar\.gz)$/i.test(source), 'source', 'archives are not unpacked; name a folder'),
      ];

const inputFaults = (inputs: JobSpec['inputs']): Unsupported =>
  Object.entries(inputs).flatMap(([channel, places]) =>
    [places]
      .flat()
      .filter((place) => inputPlace(place) === 'foreign')
      .map((place) => ({ field: `inputs.${channel}`, reason: `${place} is neither a store key nor a local path` })),
  );

const resourceFaults = ({ cpu = 0, memory, gpu, nodes = 1 }: JobSpec['resources'], machine: Machine): Unsupported => [
  ...fault(gpu !== undefined, 'resources.gpu', 'this runner offers no GPU'),
  ...fault(nodes > 1, 'resources.nodes', 'this runner is one machine'),
  ...fault(cpu > machine.cpus, 'resources.cpu', `this machine has ${machine.cpus} CPUs`),
  ...fault(
    memory !== undefined && memoryBytes(memory) > machine.memoryBytes,
    'resources.memory',
    `this machine has ${Math.floor(machine.memoryBytes / 2 ** 20)}Mi`,
  ),
];

const secretFaults = (secrets: JobSpec['secrets']): Unsupported =>
  Object.entries(secrets)
    .filter(([, reference]) => !/^env:[A-Za-z_][A-Za-z0-9_]*$/.test(reference))
    .map(([variable]) => ({
      field: `secrets.${variable}`,
      reason: 'only references env:NAME are known on this runner',
    }));
