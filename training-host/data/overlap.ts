import type { Example } from "./packed-batch";
import type { TokenizedDataset } from "./tokenized-dataset";

export interface Overlap {
  /** Dataset whose held-out examples these are, and dataset whose training examples they equal. */
  heldOut: string;
  train: string;
  /** Held-out examples, token for token the same as a training example. */
  examples: number;
}

/** Held-out examples that are also trained on: their loss says nothing about what was learned. */
export function findOverlap(
  train: readonly TokenizedDataset[],
  heldOut: ReadonlyMap<string, TokenizedDataset>,
): Overlap[] {
  const overlaps: Overlap[] = [];
  for (const trained of train) {
    const keys = new Set(trained.examples.map(exampleKey));
    for (const [name, dataset] of heldOut) {
      const examples = dataset.examples.filter((example) => keys.has(exampleKey(example))).length;
      if (examples > 0) overlaps.push({ heldOut: name, train: trained.name, examples });
    }
  }
  return overlaps;
}

function exampleKey({ ids }: Example): string {
  return Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength).toString("latin1");
}
