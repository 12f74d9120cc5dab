/** The operations on TensorFlow: stock TensorFlow.js ones, but for those where that would be thousands of small calls. */
import type { Operations } from "../operations";
import { portableOperations } from "../portable";
import { makeHeadLoss, makeTargetLosses } from "../stock/blocked-head-loss";
import { geglu, swiglu } from "../stock/gated";
import { attention } from "../stock/grouped-attention";

/** 16 MiB of logits: they stay in the processor's caches, and a GPU has enough to do. */
const LOGITS_AT_ONCE = 1 << 22;

export const tensorflowOperations: Operations = {
  ...portableOperations,
  swiglu,
  geglu,
  attention,
  headLoss: makeHeadLoss(LOGITS_AT_ONCE),
  targetLosses: makeTargetLosses(LOGITS_AT_ONCE),
};
