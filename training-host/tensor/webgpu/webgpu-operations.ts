/**
 * The operations on WebGPU: stock TensorFlow.js ones, and our own where those are slow on a GPU or add in any order. No two
 * threads ever add to the same number: the same inputs give the same bits.
 */
import type { Operations } from "../operations";
import { portableOperations } from "../portable";
import { makeHeadLoss, makeTargetLosses } from "../stock/blocked-head-loss";
import { attention } from "../stock/grouped-attention";
import { adamw } from "./adamw";
import { adaptedLinear } from "./adapted-linear";
import { embed } from "./embedding";
import { geglu, swiglu } from "./gated";
import { computeInto, type Shader } from "./program";
import { rmsNorm } from "./rmsnorm";
import { rope } from "./rope";

const addTo: Shader = {
  name: "addTo",
  inputs: ["term"],
  code: "result[index] += term[index];",
};

export const webgpuOperations: Operations = {
  ...portableOperations,
  embed,
  adaptedLinear,
  rmsNorm,
  rope,
  swiglu,
  geglu,
  attention,
  headLoss: makeHeadLoss(),
  targetLosses: makeTargetLosses(),
  adamw,
  accumulate: (sum, term) => {
    computeInto(sum, addTo, { inputs: [term], threads: sum.size });
    term.dispose();
    return sum;
  },
};
