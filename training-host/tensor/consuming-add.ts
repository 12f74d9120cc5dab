import * as tf from "@tensorflow/tfjs-core";

/** A backend that can add to a tensor's own memory. */
interface AddingInPlace {
  /** sum += term; false, and nothing done, where other tensors share the memory of `sum`. */
  addInPlace?(sum: tf.TensorInfo, term: tf.TensorInfo): boolean;
}

/** sum + term. Consumes both: the result may be `sum` itself, which saves the memory of a third tensor. */
export function addConsuming(sum: tf.Tensor, term: tf.Tensor): tf.Tensor {
  const backend = tf.backend() as AddingInPlace;
  if (backend.addInPlace?.(sum, term)) {
    term.dispose();
    return sum;
  }
  const total = tf.add(sum, term);
  tf.dispose([sum, term]);
  return total;
}
