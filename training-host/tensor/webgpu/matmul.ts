/**
 * Matrix multiplication on WebGPU in place of TensorFlow.js's, which compiles another shader for every combination of
 * transposition and of sizes that fit its tiles (seconds before a first step), and takes one that adds with atomics, in any
 * order, where few rows and columns meet long sums. Here, strides tell transposition, and long sums are cut into parts that
 * are added in their order.
 */
import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu";
import type { WebGPUProgram } from "@tensorflow/tfjs-backend-webgpu/dist/webgpu_program";
import * as tf from "@tensorflow/tfjs-core";
import { runShader, type Shader } from "./program";

/** One thread computes 4 x 4 numbers. */
const PER_THREAD = 4;
/** Rows and columns of a workgroup's tile, and how much of the sum it loads at a time. */
const LARGE_TILE = 64;
const SMALL_TILE = 32;
const DEPTH = 16;

/** With fewer workgroups than this a GPU is idle for the most part. */
const ENOUGH_WORKGROUPS = 128;
const SHORTEST_PART = 256;

/** Takes the place of TensorFlow.js's kernel, for `tf.matMul` and its gradients. */
export function registerMatMul(): void {
  tf.unregisterKernel(tf.BatchMatMul, "webgpu");
  tf.registerKernel({
    kernelName: tf.BatchMatMul,
    backendName: "webgpu",
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { transposeA, transposeB } = attrs as unknown as tf.BatchMatMulAttrs;
      return multiply(backend as WebGPUBackend, inputs.a!, inputs.b!, transposeA, transposeB);
    },
  });
}

/** Where the numbers of a batch of matrices lie. */
interface Operand {
  info: tf.TensorInfo;
  rows: number;
  columns: number;
  batch: number;
  rowStride: number;
  columnStride: number;
  /** 0 where one matrix serves the whole batch. */
  batchStride: number;
}

function operand(info: tf.TensorInfo, transposed: boolean): Operand {
  const [height, width] = info.shape.slice(-2) as [number, number];
  const batch = tf.util.sizeFromShape(info.shape.slice(0, -2));
  const strides = { rowStride: width, columnStride: 1, batchStride: batch === 1 ? 0 : height * width };
  if (!transposed) return { info, rows: height, columns: width, batch, ...strides };
  return { info, rows: width, columns: height, batch, ...strides, rowStride: 1, columnStride: width };
}

function multiply(
  backend: WebGPUBackend,
  aInfo: tf.TensorInfo,
  bInfo: tf.TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
): tf.TensorInfo {
  const a = operand(aInfo, transposeA);
  const b = operand(bInfo, transposeB);
  const batchShape = (a.batch >= b.batch ? aInfo : bInfo).shape.slice(0, -2);
  const batch = Math.max(a.batch, b.batch);
  tf.util.assert(
    [1, batch].includes(a.batch) && [1, batch].includes(b.batch) && a.columns === b.rows,
    () => `matMul of [${aInfo.shape}] and [${bInfo.shape}] (transposed: ${transposeA}, ${transposeB})`,
  );
  const { tile, parts } = divide(batch, a.rows, b.columns, a.columns);
  const products = runTiles(backend, a, b, batch, tile, parts);
  const shape = [...batchShape, a.rows, b.columns];
  if (parts === 1) return { ...products, shape };
  const threads = batch * a.rows * b.columns;
  const sum = runShader(addParts, shape, "float32", {
    inputs: [{ ...products, shape: [threads * parts] }],
    threads,
    integers: [parts, a.rows * b.columns],
  });
  backend.disposeData(products.dataId);
  return sum;
}

/** Depends on the sizes alone: every GPU adds in the same order. */
function divide(batch: number, M: number, N: number, K: number): { tile: number; parts: number } {
  const workgroups = (tile: number) => batch * Math.ceil(M / tile) * Math.ceil(N / tile);
  const tile = workgroups(LARGE_TILE) >= ENOUGH_WORKGROUPS ? LARGE_TILE : SMALL_TILE;
  const wanted = Math.floor(ENOUGH_WORKGROUPS / workgroups(tile));
  return { tile, parts: Math.max(1, Math.min(wanted, Math.floor(K / SHORTEST_PART))) };
}

/** [batch * parts, M, N] */
function runTiles(
  backend: WebGPUBackend,
  a: Operand,
  b: Operand,
  batch: number,
  tile: number,
  parts: number,
): tf.TensorInfo {
  const [M, N, K] = [a.rows, b.columns, a.columns];
  const partLength = Math.ceil(K / parts);
  const outputShape = [batch * parts, M, N];
  const program: WebGPUProgram = {
    shaderKey: `mos_matmul_${tile}`,
    variableNames: ["a", "b"],
    uniforms: UNIFORMS.map((name) => `${name} : i32,`).join(" "),
    outputShape,
    workgroupSize: [tile / PER_THREAD, tile / PER_THREAD, 1],
    dispatchLayout: { x: [2], y: [1], z: [0] },
    dispatch: [Math.ceil(N / tile), Math.ceil(M / tile), batch * parts],
    getUserCode: () => tileShader(tile),
  };
  const numbers: Record<(typeof UNIFORMS)[number], number> = {
    ...{ M, N, K, parts, partLength },
    ...{ aRow: a.rowStride, aColumn: a.columnStride, aBatch: a.batchStride },
    ...{ bRow: b.rowStride, bColumn: b.columnStride, bBatch: b.batchStride },
  };
  // Flat, so that one shader serves operands of all ranks.
  const flat = ({ info }: Operand) => ({ ...info, shape: [tf.util.sizeFromShape(info.shape)] });
  const uniforms = UNIFORMS.map((name) => ({ type: "int32", data: [numbers[name]] }));
  return backend.runWebGPUProgram(program, [flat(a), flat(b)], "float32", uniforms);
}

const UNIFORMS = [
  ...(["M", "N", "K", "parts", "partLength"] as const),
  ...(["aRow", "aColumn", "aBatch", "bRow", "bColumn", "bBatch"] as const),
] as const;

/** Each thread loads what lies beside its neighbour's in memory, whichever way the operand is transposed. */
function tileShader(tile: number): string {
  const threads = (tile / PER_THREAD) ** 2;
  const load = (name: "a" | "b", across: "m" | "n", row: string, column: string, size: string) => `
    for (var i = i32(localIndex); i < ${tile * DEPTH}; i += ${threads}) {
      let along = uniforms.${name}${name === "a" ? "Column" : "Row"} == 1;
      let k = select(i / ${tile}, i % ${DEPTH}, along);
      let ${across} = select(i % ${tile}, i / ${DEPTH}, along);
      var value = 0.0;
      if (begin + k < end && ${across === "m" ? row : column} < uniforms.${size}) {
        value = ${name}[batch * uniforms.${name}Batch + (${row}) * uniforms.${name}Row + (${column}) * uniforms.${name}Column];
      }
      ${name}Tile[k * ${tile} + ${across}] = value;
    }`;
  return `
  var<workgroup> aTile : array<f32, ${tile * DEPTH}>;
  var<workgroup> bTile : array<f32, ${tile * DEPTH}>;

  fn store(sum : vec4<f32>, row : i32, column : i32) {
    if (row < uniforms.M) {
      let place = (i32(workgroupId.z) * uniforms.M + row) * uniforms.N + column;
      ${unrolled((j) => `if (column + ${j} < uniforms.N) { result[place + ${j}] = sum[${j}]; }`)}
    }
  }

  fn main() {
    let part = i32(workgroupId.z) % uniforms.parts;
    let batch = i32(workgroupId.z) / uniforms.parts;
    let rowStart = i32(workgroupId.y) * ${tile};
    let columnStart = i32(workgroupId.x) * ${tile};
    let row = i32(localId.y) * ${PER_THREAD};
    let column = i32(localId.x) * ${PER_THREAD};
    let end = min(uniforms.K, (part + 1) * uniforms.partLength);
    var begin = part * uniforms.partLength;
    ${unrolled((i) => `var sum${i} = vec4<f32>();`)}

    for (var step = 0; step < (uniforms.partLength + ${DEPTH - 1}) / ${DEPTH}; step++) {
      ${load("a", "m", "rowStart + m", "begin + k", "M")}
      ${load("b", "n", "begin + k", "columnStart + n", "N")}
      workgroupBarrier();
      for (var k = 0; k < ${DEPTH}; k++) {
        let at = k * ${tile};
        let right = vec4<f32>(bTile[at + column], bTile[at + column + 1], bTile[at + column + 2], bTile[at + column + 3]);
        ${unrolled((i) => `sum${i} = fma(vec4<f32>(aTile[at + row + ${i}]), right, sum${i});`)}
      }
      workgroupBarrier();
      begin += ${DEPTH};
    }

    ${unrolled((i) => `store(sum${i}, rowStart + row + ${i}, columnStart + column);`)}
  }`;
}

function unrolled(line: (index: number) => string): string {
  return Array.from({ length: PER_THREAD }, (_, index) => line(index)).join("\n");
}

/** One thread per number of the product. */
const addParts: Shader = {
  name: "addParts",
  inputs: ["products"],
  integers: ["parts", "matrix"],
  code: `
    let first = (index / uniforms.matrix) * uniforms.parts * uniforms.matrix + index % uniforms.matrix;
    var sum = products[first];
    for (var part = 1; part < uniforms.parts; part++) {
      sum += products[first + part * uniforms.matrix];
    }
    result[index] = sum;`,
};
