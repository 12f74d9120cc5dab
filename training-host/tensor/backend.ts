/** What opens when a plan's backend opens: the operations, and what is known about who computes them. */
import type { BackendName } from "../../contracts/backend";
import type { Operations } from "./operations";

export interface Backend {
  name: BackendName;
  /** What exactly computes (kernel variant, library and version, GPU), for the run's record. */
  detail: string;
  /** Threads that compute; 1 where the backend has its own way. */
  threads: number;
  /** True: it says that it is a GPU, and computes on the CPU. `auto` does not take it. */
  software?: boolean;
  operations: Operations;
  /** Tensors alive, and bytes the backend holds (a wasm heap never shrinks). */
  memory(): { tensors: number; heapBytes: number };
}
