import type { JobSpec } from '../domain/job.ts';
import { memoryBytes } from './resources.ts';

/** Memory in GiB. */
export type Instance = {
  type: string;
  cpus: number;
  memoryGib: number;
  gpu?: { type: string; count: number } | undefined;
};

const cpu = (type: string, cpus: number, memoryGib: number): Instance => ({ type, cpus, memoryGib });
const gpu = (type: string, gpuType: string, count: number, cpus: number, memoryGib: number): Instance => ({
  type,
  cpus,
  memoryGib,
  gpu: { type: gpuType, count },
});

/** Smallest first within each GPU type and count. https://aws.amazon.com/ec2/instance-types/ */
export const sageMakerInstances: Instance[] = [
  cpu('ml.m5.large', 2, 8),
  cpu('ml.m5.xlarge', 4, 16),
  cpu('ml.m5.2xlarge', 8, 32),
  cpu('ml.m5.4xlarge', 16, 64),
  cpu('ml.m5.12xlarge', 48, 192),
  cpu('ml.m5.24xlarge', 96, 384),
  gpu('ml.p3.2xlarge', 'V100', 1, 8, 61),
  gpu('ml.p3.8xlarge', 'V100', 4, 32, 244),
  gpu('ml.p3.16xlarge', 'V100', 8, 64, 488),
  gpu('ml.g4dn.xlarge', 'T4', 1, 4, 16),
  gpu('ml.g4dn.2xlarge', 'T4', 1, 8, 32),
  gpu('ml.g4dn.4xlarge', 'T4', 1, 16, 64),
  gpu('ml.g4dn.12xlarge', 'T4', 4, 48, 192),
  gpu('ml.g5.xlarge', 'A10G', 1, 4, 16),
  gpu('ml.g5.2xlarge', 'A10G', 1, 8, 32),
  gpu('ml.g5.4xlarge', 'A10G', 1, 16, 64),
  gpu('ml.g5.8xlarge', 'A10G', 1, 32, 128),
  gpu('ml.g5.12xlarge', 'A10G', 4, 48, 192),
  gpu('ml.g5.48xlarge', 'A10G', 8, 192, 768),
  gpu('ml.g6.xlarge', 'L4', 1, 4, 16),
  gpu('ml.g6.2xlarge', 'L4', 1, 8, 32),
  gpu('ml.g6.4xlarge', 'L4', 1, 16, 64),
  gpu('ml.g6.8xlarge', 'L4', 1, 32, 128),
  gpu('ml.g6.12xlarge', 'L4', 4, 48, 192),
  gpu('ml.g6.48xlarge', 'L4', 8, 192, 768),
  gpu('ml.p4d.24xlarge', 'A100-40', 8, 96, 1152),
  gpu('ml.p4de.24xlarge', 'A100-80', 8, 96, 1152),
  gpu('ml.p5.4xlarge', 'H100', 1, 16, 256),
  gpu('ml.p5.48xlarge', 'H100', 8, 192, 2048),
  gpu('ml.p5e.48xlarge', 'H200', 8, 192, 2048),
];

/** The first instance that meets the resources, or why none does and in which field. */
export const chooseInstance = (
  { cpu: cpus = 0, memory = '0Mi', gpu: wanted }: JobSpec['resources'],
  instances: Instance[],
): Instance | { field: string; reason: string } => {
  const ofGpu = instances.filter((row) => sameType(row.gpu, wanted) && row.gpu?.count === wanted?.count);
  if (ofGpu.length === 0) return { field: 'resources.gpu', reason: gpuReason(wanted, instances) };
  const ofCpu = ofGpu.filter((row) => row.cpus >= cpus);
  if (ofCpu.length === 0) return { field: 'resources.cpu', reason: `no such machine has ${cpus} CPUs` };
  const chosen = ofCpu.find((row) => row.memoryGib * 2 ** 30 >= memoryBytes(memory));
  return chosen ?? { field: 'resources.memory', reason: `no such machine has ${memory} of memory` };
};

type Gpu = { type: string } | undefined;

/** People write GPU types in any case. */
const sameType = (a: Gpu, b: Gpu): boolean => a?.type.toLowerCase() === b?.type.toLowerCase();

const gpuReason = (wanted: JobSpec['resources']['gpu'], instances: Instance[]): string => {
  if (!wanted) return 'the target lists no machine without a GPU';
  const counts = instances.flatMap(({ gpu: has }) => (has && sameType(has, wanted) ? [has.count] : []));
  const known = [...new Set(instances.flatMap(({ gpu: has }) => (has ? [has.type] : [])))];
  return counts.length > 0
    ? `${wanted.type} comes in machines of ${[...new Set(counts)].join(', ')}, not ${wanted.count}`
    : `there is no machine with ${wanted.type}; known are ${known.join(', ')}`;
};
