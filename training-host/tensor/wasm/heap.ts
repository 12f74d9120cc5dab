/** The heap of the TensorFlow.js wasm backend, shared with our own kernels. */
import * as path from "node:path";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { UserError } from "../../../contracts/user-error";

/** What we use of the backend's internals (@tensorflow/tfjs-backend-wasm 4.22.0, backend_wasm.ts). */
interface WasmBackend extends tf.KernelBackend {
  incRef(id: object): void;
  wasm: {
    HEAPU8: Uint8Array;
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
  dataIdMap: { get(id: object): { memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
}

export class Heap {
  private workspaceAddress = 0;
  private workspaceBytes = 0;

  private constructor(
    private readonly backend: WasmBackend,
    readonly memory: WebAssembly.Memory,
  ) {
    guardAllocation(backend);
    shareClones();
  }

  /**
   * Starts TensorFlow.js's wasm backend, makes it the current one and takes hold of its memory; once per process.
   * `folder` holds TensorFlow.js's wasm files.
   */
  static async open(folder: string): Promise<Heap> {
    setWasmPaths(folder + path.sep);
    // One thread, in every environment: sums are then added in the same order, and runs repeat bit by bit.
    tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
    const memories = await memoriesExportedDuring(() => tf.setBackend("wasm"));
    const backend = tf.backend() as WasmBackend;
    const memory = memories.find(({ buffer }) => buffer === backend.wasm.HEAPU8.buffer);
    if (!memory) throw new Error("the TensorFlow.js wasm backend exported no memory");
    return new Heap(backend, memory);
  }

  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** A new tensor with undefined content, known to `tidy` and to the tape. */
  allocate<T extends tf.Tensor>(shape: readonly number[]): T {
    const info = this.backend.makeOutput([...shape], "float32");
    return tf.engine().makeTensorFromTensorInfo(info, this.backend) as T;
  }

  addressOf(tensor: tf.Tensor): number {
    return this.backend.dataIdMap.get(tensor.dataId).memoryOffset;
  }

  /** `count` floats in place; invalid after the next allocation, which may replace the buffer. */
  floatsAt(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  writeIntegers(values: Int32Array, address: number): void {
    new Int32Array(this.memory.buffer, address, values.length).set(values);
  }

  /** `bytes` that stay allocated for as long as the process runs. */
  reserve(bytes: number): number {
    return this.backend.wasm._malloc(bytes) >>> 0;
  }

  /** Memory for the time of one operation; the next call may return the same. */
  workspace(bytes: number): number {
    if (bytes > this.workspaceBytes) {
      if (this.workspaceBytes > 0) this.backend.wasm._free(this.workspaceAddress);
      this.workspaceBytes = 0;
      this.workspaceAddress = this.reserve(bytes);
      this.workspaceBytes = bytes;
    }
    return this.workspaceAddress;
  }
}

/** Memories exported by the modules instantiated while `start` runs: the backend does not give its own away. */
async function memoriesExportedDuring(start: () => Promise<unknown>): Promise<WebAssembly.Memory[]> {
  const memories: WebAssembly.Memory[] = [];
  const original = WebAssembly.instantiate;
  const watched = async (bytes: Uint8Array, imports?: WebAssembly.Imports) => {
    const result = await original(bytes, imports);
    for (const item of Object.values(result.instance.exports))
      if (item instanceof WebAssembly.Memory) memories.push(item);
    return result;
  };
  WebAssembly.instantiate = watched;
  try {
    await start();
  } finally {
    WebAssembly.instantiate = original;
  }
  return memories;
}

/** The wasm backend's clone copies the data, unlike the other backends'; the tape clones everything that it saves. */
function shareClones(): void {
  tf.unregisterKernel(tf.Identity, "wasm");
  tf.registerKernel({
    kernelName: tf.Identity,
    backendName: "wasm",
    kernelFunc: ({ inputs, backend }) => {
      const { dataId, shape, dtype } = inputs.x!;
      (backend as WasmBackend).incRef(dataId);
      return { dataId, shape, dtype };
    },
  });
}

/** At the heap's limit `_malloc` returns 0, and the backend would write on at address 0. */
function guardAllocation(backend: WasmBackend): void {
  const { wasm } = backend;
  // The first call replaces the property by the real function.
  wasm._free(wasm._malloc(8));
  const allocate = wasm._malloc;
  wasm._malloc = (bytes) => {
    const address = allocate(bytes);
    if (address === 0 && bytes > 0) throw outOfMemory(bytes, wasm.HEAPU8.length);
    return address;
  };
}

function outOfMemory(bytes: number, heapBytes: number): UserError {
  const mebibytes = (count: number) => `${Math.ceil(count / 2 ** 20)} MiB`;
  return new UserError(
    "out-of-memory",
    `Out of memory: ${mebibytes(bytes)} more were needed, and the wasm backend holds ${mebibytes(heapBytes)} of at most 4096 MiB.`,
    "Use a smaller train.batch.micro, a smaller train.length or a smaller model.",
  );
}
