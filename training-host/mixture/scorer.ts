/**
 * The scorer psi: a parametrised distribution over datasets, p_psi = softmax(z(psi)) (paper section 3.1).
 * Another kind of scorer is one new file that implements this, and one line in `create-scorer.ts`.
 */
export interface Scorer {
  /** psi, flat, in a layout of the scorer's own. Whoever learns the scorer changes it in place. */
  readonly parameters: Float64Array;
  /** z [N], in the datasets' order. The array is new at every call. */
  logits(): Float64Array;
  /** dJ/dpsi in the layout of `parameters`, from dJ/dz [N] at the current parameters. Valid until the next call. */
  gradient(logitsGradient: Float64Array): Float64Array;
}
