declare module 'jstat' {
  const jstat: {
    /** `inv(p, dof)`: the p-quantile of Student's t distribution. */
    studentt: { inv(p: number, dof: number): number };
  };
  export default jstat;
}
