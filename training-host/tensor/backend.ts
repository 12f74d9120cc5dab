/** What opens when a plan's backend opens: the operations, and what is known about who computes them. */

import type * as tf from "@tensorflow/tfjs-core";
import type { BackendName } from "../../contracts/backend";
import type { Operations } from "./operations";
import type { StoredNumbers } from "./stored-numbers";

export interface Backend {
  name: BackendName;
  /** What exactly computes (kernel variant, library and version, GPU), for the run's record. */
  detail: string;
  /** Threads that compute; 1 where the backend has its own way. */
  threads: number;
  /** True: it says that it is a GPU, and computes on the CPU. `auto` does not take it. */
  software?: boolean;
  operations: Operations;
  /**
   * A float32 tensor of numbers that a checkpoint stores; `asPairs`: a matrix of bfloat16 kept as such, which `linear` takes
   * where `bfloat16Weights`. Every number is looked at. @throws NotFiniteError, or what `read` throws.
   */
  load(numbers: StoredNumbers, asPairs: boolean): Promise<tf.Tensor>;
  /** Tensors alive, and bytes the backend holds (a wasm heap never shrinks). */
  memory(): { tensors: number; heapBytes: number };
}
