/** The tensor backends by name: what a plan may ask for, and what a run's record says. */
import * as v from "valibot";

/**
 * In the order in which `auto` tries them.
 * - `tensorflow-gpu`: TensorFlow's C library with CUDA, through @tensorflow/tfjs-node-gpu
 * - `webgpu`: any GPU, through Dawn
 * - `wasm-blas`: own WebAssembly kernels, with matrix multiplication by the system's BLAS
 * - `tensorflow`: TensorFlow's C library on the CPU, through @tensorflow/tfjs-node
 * - `wasm`: own WebAssembly kernels; works everywhere
 * - `cpu`: TensorFlow.js in plain JavaScript, the reference
 *
 * `wasm-blas` comes before `tensorflow`, whose training step takes 1.5 to 1.8 times the processor time and 2.6 to 4 times the
 * memory (1, 6.5 and 40 million parameters; docs/backends.md), and `tensorflow` before `wasm`, which takes 1.2 to 1.9
 * times the processor time of that.
 */
export const backendNames = ["tensorflow-gpu", "webgpu", "wasm-blas", "tensorflow", "wasm", "cpu"] as const;

export type BackendName = (typeof backendNames)[number];

export const backendChoices = ["auto", ...backendNames] as const;

export type BackendChoice = (typeof backendChoices)[number];

export const backendNameSchema = v.picklist(backendNames);
export const backendChoiceSchema = v.picklist(backendChoices);
