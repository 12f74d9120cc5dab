/** The gated MLP (Shazeer 2020): down(gate(x) * up(x)) with an activation on the gate. M rows, H = hidden, F = inner size. */
import type * as tf from "@tensorflow/tfjs-core";
import type { ForwardPass, ParameterShape } from "./decoder";
import type { DecoderSizes } from "./decoder-sizes";
import { linearShapes } from "./linear-shapes";

export class GatedMlp {
  /** `gate`: the activation, silu in "swiglu" and the tanh form of gelu in "geglu". `biases`: of all three projections. */
  constructor(
    private readonly sizes: DecoderSizes,
    private readonly gate: "swiglu" | "geglu",
    private readonly biases = false,
  ) {}

  parameters(layer: number): [name: string, shape: ParameterShape][] {
    const { hiddenSize: H, intermediateSize: F } = this.sizes;
    return [
      ...linearShapes(weightOf(layer, "gate_proj"), F, H, this.biases),
      ...linearShapes(weightOf(layer, "up_proj"), F, H, this.biases),
      ...linearShapes(weightOf(layer, "down_proj"), H, F, this.biases),
    ];
  }

  /** x [M, H] to [M, H]. */
  apply(layer: number, x: tf.Tensor2D, pass: ForwardPass): tf.Tensor2D {
    const gate = pass.project(x, weightOf(layer, "gate_proj")); // [M, F]
    const up = pass.project(x, weightOf(layer, "up_proj")); // [M, F]
    return pass.project(pass.operations[this.gate](gate, up), weightOf(layer, "down_proj"));
  }
}

function weightOf(layer: number, projection: string): string {
  return `model.layers.${layer}.mlp.${projection}.weight`;
}
