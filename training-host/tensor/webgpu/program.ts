/** Our own compute shaders, run by the TensorFlow.js backend beside its own (its webgpu_program.ts, version 4.22.0). */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu";
import type { WebGPUProgram } from "@tensorflow/tfjs-backend-webgpu/dist/webgpu_program";
import * as tf from "@tensorflow/tfjs-core";

/** Threads that share memory and wait for each other. */
export const WORKGROUP = 64;

/** A shader with one thread per index from 0 to `threads` - 1. */
export interface Shader {
  name: string;
  /** The names of the inputs in `code`, where they are arrays; the output's is `result`. */
  inputs: readonly string[];
  /** Names of numbers in `code`, as `uniforms.<name>`: f32. */
  numbers?: readonly string[];
  /** The same for i32, besides `uniforms.threads`. */
  integers?: readonly string[];
  /** WGSL, for the thread `index`. */
  code: string;
  /** WGSL outside of the thread's function. */
  functions?: string;
  /** Threads wait for each other: `threads` is a multiple of WORKGROUP, and indices beyond it may run, too. */
  barriers?: boolean;
}

export interface Call {
  inputs: readonly tf.TensorInfo[];
  threads: number;
  numbers?: readonly number[];
  integers?: readonly number[];
}

/** A new tensor with what the shader writes. Where it writes nothing, the content is undefined. */
export function compute<T extends tf.Tensor>(
  shader: Shader,
  shape: readonly number[],
  dtype: "float32" | "int32",
  call: Call,
): T {
  const info = runShader(shader, shape, dtype, call);
  return tf.engine().makeTensorFromTensorInfo(info) as T;
}

/** Lets the shader write into a tensor that exists, and read what was there. Clones of it change, too. */
export function computeInto(target: tf.Tensor, shader: Shader, call: Call): void {
  runShader(shader, target.shape, target.dtype, call, target);
  // What was read back before is no longer so.
  (tf.backend() as WebGPUBackend).tensorMap.get(target.dataId).values = null as never;
}

/** The same for a kernel of the backend, outside of any scope. */
export function runShader(
  { name, inputs, numbers = [], integers = [], code, functions = "", barriers = false }: Shader,
  shape: readonly number[],
  dtype: tf.DataType,
  call: Call,
  target?: tf.TensorInfo,
): tf.TensorInfo {
  const program: WebGPUProgram = {
    shaderKey: `mos_${name}`,
    variableNames: [...inputs],
    uniforms: [
      ...["threads", ...integers].map((integer) => `${integer} : i32,`),
      ...numbers.map((number) => `${number} : f32,`),
    ].join(" "),
    outputShape: [...shape],
    workgroupSize: [WORKGROUP, 1, 1],
    dispatchLayout: { x: shape.map((_, axis) => axis) },
    dispatch: [Math.ceil(call.threads / WORKGROUP), 1, 1],
    getUserCode: () => `
      ${functions}
      fn main(index : i32) {
        ${barriers ? code : `if (index < uniforms.threads) { ${code} }`}
      }`,
  };
  const uniforms = [
    ...[call.threads, ...(call.integers ?? [])].map((integer) => ({ type: "int32", data: [integer] })),
    ...(call.numbers ?? []).map((number) => ({ type: "float32", data: [number] })),
  ];
  const backend = tf.backend() as WebGPUBackend;
  return backend.runWebGPUProgram(program, [...call.inputs], dtype, uniforms, target);
}
