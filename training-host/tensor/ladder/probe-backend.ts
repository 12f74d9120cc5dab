/** Whether a tensor backend works on this machine: opens it and computes something. Only for a process of its own. */
import { tensor2d } from "@tensorflow/tfjs-core";
import type { BackendName } from "../../../contracts/backend";
import { UserError } from "../../../contracts/user-error";
import type { Backend } from "../backend";
import { openBackend } from "../backends";
import { type BackendProbe, failedProbe } from "./backend-probe";

/** Never throws: what goes wrong is the answer. */
export async function probeBackend(name: BackendName): Promise<BackendProbe> {
  try {
    const backend = await openBackend(name, 1);
    const worst = await largestError(backend);
    // Only now: where relaxed SIMD needs a flag of the engine, opening the wasm backend has set it.
    const relaxedSimd = WebAssembly.validate(RELAXED_SIMD_MODULE);
    const { detail, software = false } = backend;
    if (worst <= MOST_ERROR) return { works: true, detail, advice: "", software, relaxedSimd };
    return failedProbe(
      `${backend.detail} computes wrongly: an element of a matrix product is off by ${worst}.`,
      "Its library or driver is broken: install another version.",
    );
  } catch (error) {
    if (error instanceof UserError) return failedProbe(error.message, error.advice);
    return failedProbe(error instanceof Error ? error.message : String(error), "");
  }
}

/** Large enough that no backend takes its way around a library for small matrices. */
const ROWS = 96;
const INNER = 160;
const COLUMNS = 128;
/** Sums of 160 products of small whole numbers are exact in float32, in whatever order. */
const MOST_ERROR = 0;

/** Of a matrix product, a layer as training uses it, against plain JavaScript. */
async function largestError({ operations }: Backend): Promise<number> {
  const x = wholeNumbers(ROWS * INNER, 1);
  const weight = wholeNumbers(COLUMNS * INNER, 2);
  const product = operations.linear(tensor2d(x, [ROWS, INNER]), tensor2d(weight, [COLUMNS, INNER]));
  const computed = await product.data();
  let worst = 0;
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      let sum = 0;
      for (let i = 0; i < INNER; i++) sum += x[row * INNER + i]! * weight[column * INNER + i]!;
      const error = Math.abs(sum - computed[row * COLUMNS + column]!);
      if (!(error <= worst)) worst = error;
    }
  }
  return worst;
}

/** From -4 to 4, without a pattern that a wrong stride would leave unseen. */
function wholeNumbers(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 16) % 9) - 4;
  });
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
