/**
 * The operations in our own kernels, on the heap. Every backward pass is written out,
 * in the kernels or around them; see `assembly/` for the equations.
 */
import type * as tf from "@tensorflow/tfjs-core";
import { addConsuming } from "../consuming-add";
import type { AdamWStep, Operations } from "../operations";
import { makeAdaptedLinear } from "./adapted-linear";
import { makeAdd } from "./add";
import { makeAddBias } from "./add-bias";
import { makeAttention } from "./attention";
import { makeAttentionWithPast } from "./attention-with-past";
import { makeEmbed } from "./embedding";
import { makeGeglu, makeSwiglu } from "./gated";
import { makeHeadLoss, makeTargetLosses } from "./head-loss";
import type { Kit } from "./kit";
import { makeLinear } from "./linear";
import { makeRmsNorm } from "./rmsnorm";
import { makeRope } from "./rope";
import { makeScale } from "./scale";

export function makeWasmOperations(kit: Kit): Operations {
  const { heap, kernels } = kit;
  const at = (tensor: tf.Tensor) => heap.addressOf(tensor);
  return {
    bfloat16Weights: true,
    embed: makeEmbed(kit),
    linear: makeLinear(kit),
    adaptedLinear: makeAdaptedLinear(kit),
    addBias: makeAddBias(kit),
    add: makeAdd(kit),
    scale: makeScale(kit),
    rmsNorm: makeRmsNorm(kit),
    rope: makeRope(kit),
    attention: makeAttention(kit),
    swiglu: makeSwiglu(kit),
    geglu: makeGeglu(kit),
    headLoss: makeHeadLoss(kit),
    targetLosses: makeTargetLosses(kit),
    ...makeAttentionWithPast(kit),
    accumulate: addConsuming,
    sumOfSquares: async (tensors) => tensors.reduce((sum, x) => sum + kernels.sumOfSquares(at(x), x.size), 0),
    adamw: (parameter, gradient, firstMoment, secondMoment, step: AdamWStep) => {
      kernels.adamw(
        ...[at(parameter), at(gradient), at(firstMoment), at(secondMoment), parameter.size],
        ...[step.gradientScale, step.beta1, 1 - step.beta1, step.beta2, 1 - step.beta2],
        ...[step.stepSize, step.secondCorrection, step.epsilon, step.decay],
      );
    },
  };
}
