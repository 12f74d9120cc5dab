/** The key-value cache of one sequence (Pope et al. 2022): what its rows so far left in every layer, so that they need not be computed again. */
import type { Operations, PastRows } from "../tensor/operations";
import type { Decoder } from "./decoder";

export class SequencePast {
  readonly layers: readonly PastRows[];

  constructor({ layers }: Pick<Decoder, "layers">, operations: Operations) {
    this.layers = Array.from({ length: layers }, () => operations.emptyPast());
  }

  /** Rows that have been computed: the position of the next one. */
  get rows(): number {
    return this.layers[0]?.rows ?? 0;
  }

  dispose(): void {
    for (const layer of this.layers) layer.dispose();
  }
}
