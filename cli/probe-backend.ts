/** Whether a tensor backend works on this machine: opens it and computes something. Loads TensorFlow.js: only for a child process. */
import { tensor2d } from "@tensorflow/tfjs-core";
import { openBackend } from "../training-host/tensor/backends";
import type { BackendName, BackendProbe } from "./backend-probe";

/** Never throws: what goes wrong is the answer. */
export async function probeBackend(name: BackendName): Promise<BackendProbe> {
  try {
    const { operations, detail } = await openBackend(name);
    const product = operations.linear(tensor2d([[1, 2]]), tensor2d([3, 4, 5, 6], [2, 2]));
    const [first, second] = await product.data();
    if (first === 11 && second === 17) return { works: true, detail };
    return {
      works: false,
      detail: `${detail} computes wrongly: [1 2] x [[3 5] [4 6]] gave [${first} ${second}]`,
    };
  } catch (error) {
    return { works: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
