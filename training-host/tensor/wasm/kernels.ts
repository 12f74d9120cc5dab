/** Loads our compiled kernels (`assembly/`) onto the heap; every thread has an instance of its own. */
import * as fs from "node:fs";
import * as path from "node:path";
import * as v8 from "node:v8";
import type { Blas } from "../blas/blas";
import { type Multiply, multiplyByBlas } from "./multiply";

/**
 * One instance's exports, run by the calling thread. Addresses are bytes on the heap, counts and strides are floats, booleans
 * are 0 or 1. See `assembly/` for each.
 */
export interface KernelInstance {
  gemmWorkspaceBytes(): number;
  useGemmWorkspace(address: number): void;
  /** Kernels that multiply matrices call the imported function from then on. */
  useMultiplyOutside(): void;
  gemm(
    ...args: [
      ...sizes: [M: number, N: number, K: number],
      ...a: [A: number, rowA: number, columnA: number],
      ...b: [B: number, rowB: number, columnB: number],
      ...c: [C: number, rowC: number],
      accumulate: number,
    ]
  ): void;
  add(a: number, b: number, out: number, count: number): void;
  scale(x: number, out: number, count: number, factor: number): void;
  addBias(x: number, bias: number, out: number, rows: number, width: number): void;
  sumRows(x: number, sums: number, rows: number, width: number, columns: number): void;
  dropout(
    ...args: [
      ...addresses: [x: number, out: number],
      ...range: [count: number, first: number],
      ...words: [key: number, threshold: number],
      scale: number,
      accumulate: number,
    ]
  ): void;
  widenBfloat16(halves: number, out: number, count: number): void;
  widenFloat16(halves: number, out: number, count: number): void;
  /** -1: all are finite. */
  firstNotFinite(values: number, count: number): number;
  firstNotFiniteHalf(halves: number, count: number, exponent: number): number;
  fillZero(address: number, count: number): void;
  squaresRunLength(): number;
  sumsOfSquares(values: number, count: number, sums: number): void;
  gatherRows(table: number, ids: number, out: number, rows: number, width: number): void;
  scatterAddRows(
    ...args: [
      ...addresses: [values: number, ids: number, table: number],
      ...sizes: [rows: number, width: number, columns: number],
    ]
  ): void;
  rmsNormForward(
    ...args: [
      ...addresses: [x: number, weight: number, y: number, inverseRms: number],
      ...sizes: [rows: number, width: number],
      ...constants: [epsilon: number, offset: number],
    ]
  ): void;
  rmsNormBackwardInput(
    ...args: [
      ...inputs: [dy: number, x: number, weight: number, inverseRms: number],
      dx: number,
      ...sizes: [rows: number, width: number],
      offset: number,
    ]
  ): void;
  rmsNormBackwardWeight(
    ...args: [
      ...inputs: [dy: number, x: number, inverseRms: number],
      dWeight: number,
      ...sizes: [rows: number, width: number, columns: number],
    ]
  ): void;
  rope(
    ...args: [
      ...addresses: [x: number, y: number, cosines: number, sines: number, positions: number],
      ...sizes: [rows: number, heads: number, half: number],
      sign: 1 | -1,
    ]
  ): void;
  swigluForward(gate: number, up: number, y: number, count: number): void;
  swigluBackward(dy: number, gate: number, up: number, dGate: number, dUp: number, count: number): void;
  gegluForward(gate: number, up: number, y: number, count: number): void;
  gegluBackward(dy: number, gate: number, up: number, dGate: number, dUp: number, count: number): void;
  attentionWorkspaceBytes(longest: number): number;
  attentionForward(
    ...args: [
      ...inputs: [q: number, k: number, v: number],
      ...outputs: [out: number, maxima: number, inverseSums: number],
      ...which: [starts: number, sequence: number, group: number],
      ...sizes: [heads: number, kvHeads: number, size: number],
      workspace: number,
    ]
  ): void;
  attentionBackward(
    ...args: [
      ...inputs: [dOut: number, out: number, q: number, k: number, v: number],
      ...sums: [maxima: number, inverseSums: number],
      ...outputs: [dq: number, dk: number, dv: number],
      ...which: [starts: number, sequence: number, group: number],
      ...sizes: [heads: number, kvHeads: number, size: number],
      workspace: number,
    ]
  ): void;
  attentionWithPastWorkspaceBytes(longest: number): number;
  attentionWithPast(
    ...args: [
      ...addresses: [q: number, out: number, table: number],
      ...which: [sequence: number, head: number],
      ...sizes: [heads: number, kvHeads: number, size: number],
      workspace: number,
    ]
  ): void;
  fewRowsTimesTransposed(
    ...args: [
      ...addresses: [x: number, W: number, y: number],
      ...sizes: [N: number, input: number, out: number],
      ...columns: [from: number, to: number],
      halves: number,
    ]
  ): void;
  crossEntropyForward(
    ...args: [
      ...inputs: [logits: number, labels: number],
      ...outputs: [maxima: number, sums: number, chosen: number],
      ...sizes: [rows: number, vocab: number],
    ]
  ): void;
  crossEntropyBackward(
    ...args: [
      ...addresses: [logits: number, labels: number, sums: number],
      ...sizes: [rows: number, vocab: number],
      scale: number,
    ]
  ): void;
  adamw(
    ...args: [
      ...addresses: [parameter: number, gradient: number, firstMoment: number, secondMoment: number],
      count: number,
      gradientScale: number,
      ...betas: [beta1: number, oneMinusBeta1: number, beta2: number, oneMinusBeta2: number],
      ...constants: [stepSize: number, secondCorrection: number, epsilon: number, decay: number],
    ]
  ): void;
}

/** `relaxed` has fused multiply-add, 1.2 to 1.7 times as fast; `simd` works wherever the backend does. */
export type KernelVariant = "relaxed" | "simd";

/** The fastest variant that this engine takes. `folder` holds the compiled kernels. */
export function chooseVariant(folder: string): KernelVariant {
  const bytes = fs.readFileSync(fileOf(folder, "relaxed"));
  // Node 20 has relaxed SIMD behind a flag; later ones have it without, and reject the flag's name.
  if (!WebAssembly.validate(bytes) && process.versions.node.startsWith("20."))
    v8.setFlagsFromString("--experimental-wasm-relaxed-simd");
  return WebAssembly.validate(bytes) ? "relaxed" : "simd";
}

/** Compiled once, for the instances of all threads. */
export function compileKernels(folder: string, variant: KernelVariant): WebAssembly.Module {
  return new WebAssembly.Module(fs.readFileSync(fileOf(folder, variant)));
}

/**
 * An instance for the calling thread, and what that multiplies matrices by: by `blas`, also inside of other kernels, or null:
 * by our own kernel. `reserve` gives `gemm` memory for itself.
 */
export function instantiateKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  reserve: (bytes: number) => number,
  blas: Blas | null,
): { kernels: KernelInstance; multiply: Multiply } {
  let outside: Multiply | null = null;
  const multiply: Multiply = (...args) => outside!(...args);
  const { exports } = new WebAssembly.Instance(module, { env: { memory, multiply } });
  const kernels = exports as unknown as KernelInstance;
  kernels.useGemmWorkspace(reserve(kernels.gemmWorkspaceBytes()));
  if (blas) {
    outside = multiplyByBlas(blas, memory, kernels.gemm);
    kernels.useMultiplyOutside();
  }
  return { kernels, multiply: outside ?? kernels.gemm };
}

function fileOf(folder: string, variant: KernelVariant): string {
  return path.join(folder, `kernels-${variant}.wasm`);
}
