import * as tf from "@tensorflow/tfjs-core";

/** Whether a parameter is not trained: operations compute no gradient for it, and keep nothing that only it would need. */
export function isFrozen(parameter: tf.Tensor): boolean {
  return parameter instanceof tf.Variable && !parameter.trainable;
}
