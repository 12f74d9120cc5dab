/** TensorFlow.js's own wasm kernels under the portable operations: what training costs without ours. */
import * as path from "node:path";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import type { Backend } from "../../training-host/tensor/backend";
import { portableOperations } from "../../training-host/tensor/portable";
import { loadThroughArray } from "../../training-host/tensor/stored-numbers";

interface HeapBackend extends tf.KernelBackend {
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array;
  wasm: { HEAPU8: Uint8Array };
}

export async function openStockWasm(): Promise<Backend> {
  setWasmPaths(path.join(__ROOT__, "node_modules/@tensorflow/tfjs-backend-wasm/wasm-out") + path.sep);
  await tf.setBackend("wasm");
  registerUnsortedSegmentSum();
  return {
    name: "wasm",
    detail: "stock TensorFlow.js 4.22.0 wasm kernels, SIMD",
    threads: 1,
    operations: portableOperations,
    load: loadThroughArray,
    memory: () => ({
      tensors: tf.memory().numTensors,
      heapBytes: (tf.backend() as HeapBackend).wasm.HEAPU8.length,
    }),
  };
}

/** The gradient of `gather`, which the wasm backend lacks: without it no embedding can be trained. */
function registerUnsortedSegmentSum(): void {
  tf.registerKernel({
    kernelName: tf.UnsortedSegmentSum,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, segmentIds } = inputs as Record<"x" | "segmentIds", tf.TensorInfo>;
      const heap = backend as HeapBackend;
      const inner = x.shape.slice(segmentIds.shape.length);
      const width = inner.reduce((product, size) => product * size, 1);
      const out = heap.makeOutput([attrs!.numSegments as number, ...inner], x.dtype);
      const [sums, values, ids] = [out, x, segmentIds].map((tensor) => heap.typedArrayFromHeap(tensor)) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      sums.fill(0);
      ids.forEach((id, row) => {
        for (let column = 0; column < width; column++)
          sums[id * width + column]! += values[row * width + column]!;
      });
      return out;
    },
  });
}
