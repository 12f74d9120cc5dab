/** Stock operations on the heap: computed by TensorFlow.js's cpu backend on copies of their inputs. Slow, and complete. */
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type { HeapBackend } from "./heap-backend";

/** What we use of the cpu backend's internals (@tensorflow/tfjs-backend-cpu 4.22.0, backend_cpu.ts). */
interface CpuBackend extends tf.KernelBackend {
  firstUse: boolean;
}

/** Registers a kernel for every one that only the cpu backend has. */
export function registerCpuFallbacks(backend: HeapBackend): void {
  for (const { kernelName } of tf.getKernelsForBackend("cpu")) {
    if (tf.getKernel(kernelName, "wasm")) continue;
    tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc: computedOnCpu(backend, kernelName) });
  }
}

/** A kernel of the cpu backend, for tensors of `backend`. */
export function computedOnCpu(backend: HeapBackend, kernelName: string): tf.KernelFunc {
  const cpu = tf.findBackend("cpu") as CpuBackend;
  // Its first use prints an advertisement for tfjs-node.
  cpu.firstUse = false;
  const { kernelFunc } = tf.getKernel(kernelName, "cpu");
  return ({ inputs, attrs }) => {
    const lent = mapInputs(inputs, (info) => lend(backend, cpu, info));
    const outputs = kernelFunc({ inputs: lent, backend: cpu, ...(attrs && { attrs }) });
    const results = Array.isArray(outputs)
      ? outputs.map((info) => takeBack(backend, cpu, info))
      : takeBack(backend, cpu, outputs);
    mapInputs(lent, (info) => {
      cpu.disposeData(info.dataId, true);
      return info;
    });
    return results;
  };
}

/** Concat and AddN pass a list, whatever the type says. */
function mapInputs(
  inputs: tf.NamedTensorInfoMap,
  change: (info: tf.TensorInfo) => tf.TensorInfo,
): tf.NamedTensorInfoMap {
  if (Array.isArray(inputs)) return inputs.map(change) as unknown as tf.NamedTensorInfoMap;
  return Object.fromEntries(Object.entries(inputs).map(([name, info]) => [name, info ? change(info) : info]));
}

function lend(backend: HeapBackend, cpu: CpuBackend, { dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
  return { dataId: cpu.write(backend.readSync(dataId), shape, dtype), shape, dtype };
}

function takeBack(
  backend: HeapBackend,
  cpu: CpuBackend,
  { dataId, shape, dtype }: tf.TensorInfo,
): tf.TensorInfo {
  const values = cpu.readSync(dataId);
  cpu.disposeData(dataId);
  return { dataId: backend.write(values, shape, dtype), shape, dtype };
}
