/** The tensor backends by name: what a plan may ask for, and what a run's record says. */
import * as v from "valibot";

/**
 * In the order in which `auto` tries them.
 * - `tensorflow-gpu`: TensorFlow's C library with CUDA, through @tensorflow/tfjs-node-gpu
 * - `webgpu`: any GPU, through Dawn
 * - `tensorflow`: TensorFlow's C library on the CPU, through @tensorflow/tfjs-node
 * - `wasm-blas`: own WebAssembly kernels, with matrix multiplication by the system's BLAS
 * - `wasm`: own WebAssembly kernels; works everywhere
 * - `cpu`: TensorFlow.js in plain JavaScript, the reference
 */
export const backendNames = ["tensorflow-gpu", "webgpu", "tensorflow", "wasm-blas", "wasm", "cpu"] as const;

export type BackendName = (typeof backendNames)[number];

export const backendChoices = ["auto", ...backendNames] as const;

export type BackendChoice = (typeof backendChoices)[number];

export const backendNameSchema = v.picklist(backendNames);
export const backendChoiceSchema = v.picklist(backendChoices);
