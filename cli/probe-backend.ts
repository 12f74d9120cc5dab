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
    // Only now: where relaxed SIMD needs a flag of the engine, opening the wasm backend has set it.
    const relaxedSimd = WebAssembly.validate(RELAXED_SIMD_MODULE);
    if (first === 11 && second === 17) return { works: true, detail, relaxedSimd };
    const wrong = `${detail} computes wrongly: [1 2] times [[3 5] [4 6]] gave [${first} ${second}]`;
    return { works: false, detail: wrong, relaxedSimd };
  } catch (error) {
    return {
      works: false,
      detail: error instanceof Error ? error.message : String(error),
      relaxedSimd: false,
    };
  }
}

/** The one function used of what the browser's type library declares. */
declare const WebAssembly: { validate(bytes: Uint8Array): boolean };

/** `(module (func (result v128) v128.const 0 x3, f32x4.relaxed_madd))`: valid only where relaxed SIMD is known. */
const RELAXED_SIMD_MODULE = Uint8Array.from([
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  ...[1, 5, 1, 96, 0, 1, 123],
  ...[3, 2, 1, 0],
  ...[10, 61, 1, 59, 0],
  ...[253, 12, ...new Array(16).fill(0)],
  ...[253, 12, ...new Array(16).fill(0)],
  ...[253, 12, ...new Array(16).fill(0)],
  ...[253, 133, 2, 11],
]);
