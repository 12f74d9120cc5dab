/** The memory that tensors and kernels share: one shared WebAssembly memory, seen by every thread. */
import * as tf from "@tensorflow/tfjs-core";
import { UserError } from "../../../contracts/user-error";
import { BlockAllocator } from "./block-allocator";
import { HeapBackend } from "./heap-backend";

const PAGE_BYTES = 2 ** 16;
/** 32-bit addresses: 4 GiB. Only a reservation; the system gives memory to what is written to. */
const MOST_PAGES = 2 ** 16;
/** Growing takes microseconds, and untouched memory costs nothing. */
const GROWTH_PAGES = 64;
/** The last page stays unused: an address just past a block would be 0 in 32 bits. */
const LIMIT_BYTES = (MOST_PAGES - 1) * PAGE_BYTES;

/** Kernels count bytes of a tensor in signed 32 bits. */
const LARGEST_BLOCK_BYTES = 2 ** 31 - 64;

let heap: Heap | null = null;

export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly backend: HeapBackend;
  // Address 0 is left out: some code takes it for "none".
  private readonly blocks = new BlockAllocator(64, LIMIT_BYTES);
  private workspaceAddress = 0;
  private workspaceBytes = 0;

  private constructor() {
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
    this.backend = new HeapBackend(this);
  }

  /** The heap and the TensorFlow.js backend "wasm" on it, which becomes the current one; one per process. */
  static async open(): Promise<Heap> {
    heap ??= new Heap();
    if (!tf.findBackend("wasm")) heap.backend.register();
    await tf.setBackend("wasm");
    return heap;
  }

  /** What the memory has grown to; it never shrinks. */
  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** Of tensors and workspaces. */
  get bytesInUse(): number {
    return this.blocks.bytesInUse;
  }

  /** A new tensor with undefined content, known to `tidy` and to the tape. Throws UserError "out-of-memory". */
  allocate<T extends tf.Tensor>(shape: readonly number[], dtype: "float32" | "int32" = "float32"): T {
    const info = this.backend.makeTensorInfo([...shape], dtype);
    return tf.engine().makeTensorFromTensorInfo(info, this.backend) as T;
  }

  addressOf(tensor: tf.Tensor): number {
    return this.backend.addressOf(tensor.dataId);
  }

  /** `count` floats in place. */
  floatsAt(address: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, count);
  }

  /** `count` bytes in place. */
  bytesAt(address: number, count: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, count);
  }

  writeIntegers(values: Int32Array, address: number): void {
    new Int32Array(this.memory.buffer, address, values.length).set(values);
  }

  /** A block of `bytes` with undefined content, at a multiple of 64. Throws UserError "out-of-memory". */
  reserve(bytes: number): number {
    const address = bytes > LARGEST_BLOCK_BYTES ? null : this.blocks.allocate(bytes);
    if (address === null) throw this.outOfMemory(bytes);
    const missing = Math.ceil((this.blocks.top - this.bytes) / PAGE_BYTES);
    if (missing > 0) {
      const most = MOST_PAGES - this.bytes / PAGE_BYTES;
      try {
        this.memory.grow(Math.min(Math.max(missing, GROWTH_PAGES), most));
      } catch (error) {
        // Below the limit, the system itself refuses (ulimit, a container's bounds).
        this.blocks.release(address);
        throw this.outOfMemory(bytes, error);
      }
    }
    return address;
  }

  release(address: number): void {
    this.blocks.release(address);
  }

  /** Memory for the time of one operation; the next call may return the same. */
  workspace(bytes: number): number {
    if (bytes > this.workspaceBytes) {
      if (this.workspaceBytes > 0) this.release(this.workspaceAddress);
      this.workspaceBytes = 0;
      this.workspaceAddress = this.reserve(bytes);
      this.workspaceBytes = bytes;
    }
    return this.workspaceAddress;
  }

  private outOfMemory(bytes: number, cause?: unknown): UserError {
    const mebibytes = (count: number) => `${Math.ceil(count / 2 ** 20)} MiB`;
    const held = `${mebibytes(this.blocks.bytesInUse)} of at most 4096 MiB`;
    return new UserError(
      "out-of-memory",
      cause
        ? `Out of memory: ${mebibytes(bytes)} more were needed, the tensors hold ${held}, and the system gives no more.`
        : `Out of memory: ${mebibytes(bytes)} more were needed, and the tensors hold ${held}.`,
      "Use a smaller train.batch.micro or train.length, train.activations recompute, model.lora, or a smaller model.",
      { cause },
    );
  }
}
