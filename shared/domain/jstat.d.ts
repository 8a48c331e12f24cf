declare module 'jstat' {
  const jstat: {
    /** `inv(p, dof)`: the p-quantile of Student's t distribution. */
    studentt: { inv(p: number, dof: number): number };
    /** `inv(p, alpha, beta)`: the p-quantile of the beta distribution. */
    beta: { inv(p: number, alpha: number, beta: number): number };
  };
  export default jstat;
}
