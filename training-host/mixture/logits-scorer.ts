import type { Scorer } from "./scorer";

/** One free logit per dataset: what the authors' code runs (`Linear(N, 1, bias=False)` on ones). psi = z. */
export class LogitsScorer implements Scorer {
  readonly parameters: Float64Array;
  readonly #gradient: Float64Array;

  /** p at the start is softmax(`logits`). */
  constructor(logits: Float64Array) {
    this.parameters = Float64Array.from(logits);
    this.#gradient = new Float64Array(logits.length);
  }

  logits(): Float64Array {
    return this.parameters.slice();
  }

  gradient(logitsGradient: Float64Array): Float64Array {
    this.#gradient.set(logitsGradient);
    return this.#gradient;
  }
}
