import type * as tf from "@tensorflow/tfjs-core";
import type { ForwardPass, ParameterShape } from "./decoder";

/** RMSNorm (Zhang & Sennrich 2019): every row divided by its root mean square, times a learned weight per column. */
export class RmsNorm {
  /** `offset` is added to every weight: with 1, stored weights lie around 0. */
  constructor(
    readonly width: number,
    private readonly epsilon: number,
    private readonly offset: 0 | 1 = 0,
  ) {}

  /** From scratch a norm leaves its rows' directions as they are. */
  get weight(): ParameterShape {
    return { shape: [this.width], initialization: this.offset === 1 ? "zeros" : "ones" };
  }

  /** x [M, width] by the named weight: [M, width]. */
  apply(x: tf.Tensor2D, weight: string, pass: ForwardPass): tf.Tensor2D {
    const values = pass.parameter(weight) as tf.Tensor1D;
    return pass.operations.rmsNorm(x, values, this.epsilon, this.offset);
  }
}
