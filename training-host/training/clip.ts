/** Clipping by the global norm of all gradients together (Pascanu et al. 2013). */

/** Keeps the division finite for a gradient of norm 0, as PyTorch's clip_grad_norm_ does. */
const EPSILON = 1e-6;

/** What the gradients are multiplied by so that their global norm is at most `bound`; null: no bound. */
export function clipCoefficient(norm: number, bound: number | null): number {
  return bound === null ? 1 : Math.min(1, bound / (norm + EPSILON));
}
