/** Bytes of a job's memory size such as `512Mi` or `16Gi`. */
export const memoryBytes = (size: string): number =>
  Number.parseInt(size, 10) * (size.endsWith('Gi') ? 2 ** 30 : 2 ** 20);
