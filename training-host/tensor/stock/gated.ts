/** SwiGLU and GEGLU in stock TensorFlow.js operations, with gradients written out: the tape would keep every factor. */
import * as tf from "@tensorflow/tfjs-core";
import { differentiable } from "../differentiable";
import { ANGLE_SCALE, CUBIC_SHARE } from "../gelu";
import type { Operations } from "../operations";

/** With s = sigmoid(angle(z)): y = z s up, dUp = dy z s, dGate = dy up s (1 + z (1 - s) angle'(z)). */
function gated(
  angleOf: (z: tf.Tensor) => tf.Tensor,
  timesSlope: (z: tf.Tensor) => tf.Tensor,
): Operations["swiglu"] {
  return (gate, up) =>
    differentiable<tf.Tensor2D>(
      [gate, up],
      () => ({
        value: tf.tidy(() => tf.mul(tf.mul(gate, tf.sigmoid(angleOf(gate))), up)),
        saved: [gate, up],
      }),
      (dy, [gate, up]) =>
        tf.tidy(() => {
          const open = tf.sigmoid(angleOf(gate!));
          const opened = tf.mul(dy, open);
          const slope = tf.add(tf.mul(timesSlope(gate!), tf.sub(1, open)), 1);
          return [tf.mul(tf.mul(opened, up!), slope), tf.mul(opened, gate!)];
        }),
    );
}

export const swiglu = gated(
  (z) => z,
  (z) => z,
);

const CUBIC = ANGLE_SCALE * CUBIC_SHARE;
export const geglu = gated(
  (z) => tf.mul(z, tf.add(tf.mul(tf.square(z), CUBIC), ANGLE_SCALE)),
  (z) => tf.mul(z, tf.add(tf.mul(tf.square(z), 3 * CUBIC), ANGLE_SCALE)),
);
