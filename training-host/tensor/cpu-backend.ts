/** TensorFlow.js in plain JavaScript: slow, and the same everywhere. */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import type { Backend } from "./backend";
import { portableOperations } from "./portable";
import { loadThroughArray } from "./stored-numbers";

export async function openCpu(): Promise<Backend> {
  await tf.setBackend("cpu");
  // Its first use prints an advertisement for tfjs-node.
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
  return {
    name: "cpu",
    detail: "TensorFlow.js cpu backend",
    threads: 1,
    operations: portableOperations,
    load: loadThroughArray,
    memory: () => ({ tensors: tf.memory().numTensors, heapBytes: tf.memory().numBytes }),
  };
}
