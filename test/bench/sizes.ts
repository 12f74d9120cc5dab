/** The models that are measured: a, b and c of the engine's design study, all Llama with a tied head. */
import type { LoraConfig, ScratchModel } from "../../contracts/plan";

export interface Size {
  model: ScratchModel;
  /** Sequences of a batch, all `length` tokens long. */
  sequences: number;
  length: number;
  /** Low-rank adapters that are trained alone; null: all parameters are trained. */
  lora: LoraConfig | null;
  /** Steps whose losses are compared before anything is timed. */
  comparedSteps: number;
}

function llama(
  shape: Pick<ScratchModel, "width" | "layers" | "heads" | "kvHeads" | "hidden" | "vocab">,
): ScratchModel {
  return { architecture: "llama", tiedHead: true, ropeTheta: 10000, ...shape };
}

const a = llama({ width: 128, layers: 4, heads: 4, kvHeads: 2, hidden: 352, vocab: 2048 });
const b = llama({ width: 256, layers: 6, heads: 4, kvHeads: 2, hidden: 704, vocab: 8192 });
const c = llama({ width: 512, layers: 8, heads: 8, kvHeads: 4, hidden: 1408, vocab: 32000 });

export const sizes: Readonly<Record<"a" | "b" | "c" | "lora", Size>> = {
  /** 1.0 million parameters */
  a: { model: a, sequences: 16, length: 128, lora: null, comparedSteps: 20 },
  /** 6.4 million parameters */
  b: { model: b, sequences: 8, length: 256, lora: null, comparedSteps: 10 },
  /** 40 million parameters */
  c: { model: c, sequences: 4, length: 256, lora: null, comparedSteps: 6 },
  /** c with adapters of rank 16 on q and v */
  lora: {
    model: c,
    sequences: 4,
    length: 256,
    lora: { rank: 16, alpha: 32, dropout: 0, targets: ["q_proj", "v_proj"], from: null },
    comparedSteps: 6,
  },
};

export type SizeName = keyof typeof sizes;

export const sizeNames = Object.keys(sizes) as SizeName[];
