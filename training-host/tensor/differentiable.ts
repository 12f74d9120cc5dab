/** Puts operations with a backward pass of their own on TensorFlow.js's tape. */
import * as tf from "@tensorflow/tfjs-core";

/**
 * `forward` computes the value and names the tensors that `backward` needs again; `backward` gets the gradient of the
 * value and those tensors, and returns a new gradient tensor for every input.
 */
export function differentiable<T extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  forward: () => { value: T; saved: tf.Tensor[] },
  backward: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[],
): T {
  const operation = tf.customGrad((...inputsAndSave) => {
    const save = inputsAndSave.at(-1) as (tensors: tf.Tensor[]) => void;
    const { value, saved } = forward();
    save(saved);
    return { value, gradFunc: backward };
  });
  return operation(...inputs) as T;
}
