/** TensorFlow.js on a GPU of any vendor: its WebGPU backend on Dawn, in plain Node. */

import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu";
import * as tf from "@tensorflow/tfjs-core";
import type { Backend } from "../backend";
import { loadThroughArray } from "../stored-numbers";
import { type ChosenAdapter, chooseAdapter } from "./adapter";
import { BufferPool } from "./buffer-pool";
import { type Dawn, loadDawn } from "./dawn";
import { Device } from "./device";
import { registerMatMul } from "./matmul";
import { webgpuOperations } from "./webgpu-operations";

let opened: (Backend & { gpu: GPU }) | null = null;

/**
 * Opens the GPU once per process and makes it TensorFlow.js's current backend. `adapterName`: see chooseAdapter; by default
 * the environment variable MOS_WEBGPU_ADAPTER. Two runs on one machine give the same bits. Throws UserError
 * "backend-unavailable".
 */
export async function openWebGpu(adapterName = process.env.MOS_WEBGPU_ADAPTER || null): Promise<Backend> {
  opened ??= await start(adapterName);
  await tf.setBackend("webgpu");
  return opened;
}

async function start(adapterName: string | null): Promise<Backend & { gpu: GPU }> {
  const dawn = loadDawn();
  const chosen = await chooseAdapter(dawn, adapterName);
  const device = await Device.open(chosen);
  const backend = await registerBackend(dawn, chosen, device);
  return {
    name: "webgpu",
    detail: `WebGPU (Dawn): ${chosen.description}`,
    threads: 1,
    software: chosen.info.isFallbackAdapter,
    operations: webgpuOperations,
    load: async (numbers) => {
      const tensor = await loadThroughArray(numbers);
      // At once, so that the array is freed before the next one is read.
      backend.uploadToGPU(tensor.dataId);
      return tensor;
    },
    memory: () => ({
      tensors: tf.memory().numTensors,
      heapBytes: backend.bufferManager.numBytesAllocated,
    }),
    // Dawn ends with its entry.
    gpu: chosen.gpu,
  };
}

async function registerBackend(dawn: Dawn, chosen: ChosenAdapter, device: Device): Promise<WebGPUBackend> {
  Object.assign(globalThis, dawn.globals);
  presentGpu(chosen.gpu);
  // Loaded only here: a start without a GPU need not pay for it.
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu/dist/backend_webgpu");
  await import("@tensorflow/tfjs-backend-webgpu/dist/register_all_kernels");
  registerMatMul();
  // Small tensors would be computed on the CPU or the GPU, depending on where they were last.
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  const backend = new WebGPUBackend(device.gpuDevice, chosen.info);
  const pool = new BufferPool(device.gpuDevice, (error) => device.fail(error));
  backend.bufferManager = pool as unknown as WebGPUBackend["bufferManager"];
  checkAnswers(backend, device);
  tf.registerBackend("webgpu", () => backend, 0);
  return backend;
}

/** The backend looks for `navigator.gpu`. Node has a navigator since version 21. */
function presentGpu(gpu: GPU): void {
  const browser = globalThis as { navigator?: object };
  if (!browser.navigator)
    Object.defineProperty(browser, "navigator", { value: {}, configurable: true, writable: true });
  Object.defineProperty(browser.navigator, "gpu", { value: gpu, configurable: true });
}

function checkAnswers(backend: WebGPUBackend, device: Device): void {
  const read = backend.read.bind(backend);
  backend.read = async (id) => {
    device.requireHealthy();
    const values = await read(id).catch((error) => device.requireHealthy(error));
    device.requireHealthy();
    return values!;
  };
}
