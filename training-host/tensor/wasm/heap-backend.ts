/**
 * TensorFlow.js's backend "wasm": tensors on the heap of our own kernels. What TensorFlow.js itself calls in training has
 * kernels here; every other stock operation is computed by its cpu backend (`cpu-fallback.ts`).
 */
import * as tf from "@tensorflow/tfjs-core";
import { computedOnCpu, registerCpuFallbacks } from "./cpu-fallback";
import type { Heap } from "./heap";

type Values = tf.backend_util.BackendValues;

interface TensorData {
  dtype: tf.DataType;
  refCount: number;
  /** Elements, and where they lie on the heap; strings lie in `strings`. */
  size: number;
  address: number;
  strings: Uint8Array[] | null;
}

export class HeapBackend extends tf.KernelBackend {
  /** Sums of float32 arrays on the heap: TensorFlow.js's tape adds up gradients. Set when the kernels are loaded. */
  sum: ((a: number, b: number, out: number, count: number) => void) | null = null;
  private readonly data = new tf.DataStorage<TensorData>(this, tf.engine());

  constructor(private readonly heap: Heap) {
    super();
  }

  /** Makes the backend known to TensorFlow.js, under the name "wasm". */
  register(): void {
    tf.registerBackend("wasm", () => this);
    // They outlive `tf.removeBackend`.
    if (tf.getKernel(tf.Identity, "wasm")) return;
    const addOnCpu = computedOnCpu(this, tf.Add);
    const own: Record<string, tf.KernelFunc> = {
      [tf.Add]: (params) => this.add(params.inputs.a!, params.inputs.b!) ?? addOnCpu(params),
      [tf.Identity]: ({ inputs }) => this.share(inputs.x!, inputs.x!.shape),
      [tf.Reshape]: ({ inputs, attrs }) => this.share(inputs.x!, resolveShape(inputs.x!, attrs!)),
      [tf.ZerosLike]: ({ inputs }) => this.filled(inputs.x!.shape, inputs.x!.dtype, 0),
      [tf.OnesLike]: ({ inputs }) => this.filled(inputs.x!.shape, inputs.x!.dtype, 1),
    };
    for (const [kernelName, kernelFunc] of Object.entries(own))
      tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc });
    registerCpuFallbacks(this);
  }

  /** A tensor's data with undefined content. Throws UserError "out-of-memory". */
  makeTensorInfo(shape: number[], dtype: tf.DataType): tf.TensorInfo {
    const dataId = {};
    this.store(dataId, null, tf.util.sizeFromShape(shape), dtype, 1);
    return { dataId, shape, dtype };
  }

  /** Where a tensor's values start, in bytes from the heap's beginning. */
  addressOf(dataId: tf.DataId): number {
    return this.data.get(dataId).address;
  }

  /** The values in place; strings in a list. */
  valuesInPlace(dataId: tf.DataId): Values {
    const { address, size, dtype, strings } = this.data.get(dataId);
    if (strings) return strings;
    const { buffer } = this.heap.memory;
    if (dtype === "int32") return new Int32Array(buffer, address, size);
    if (dtype === "bool") return new Uint8Array(buffer, address, size);
    return new Float32Array(buffer, address, size);
  }

  /** sum += term, as `addConsuming` does; false where other tensors share the memory of `sum`. */
  addInPlace(sum: tf.TensorInfo, term: tf.TensorInfo): boolean {
    const { refCount, size, address } = this.data.get(sum.dataId);
    if (refCount > 1 || !this.sum || !areAlike(sum, term)) return false;
    this.sum(address, this.addressOf(term.dataId), address, size);
    return true;
  }

  override write(values: Values | null, shape: number[], dtype: tf.DataType): tf.DataId {
    const dataId = {};
    this.store(dataId, values, tf.util.sizeFromShape(shape), dtype, 1);
    if (values === null && dtype !== "string") (this.valuesInPlace(dataId) as Float32Array).fill(0);
    return dataId;
  }

  override move(
    dataId: tf.DataId,
    values: Values | null,
    shape: number[],
    dtype: tf.DataType,
    refCount: number,
  ): void {
    this.store(dataId, values, tf.util.sizeFromShape(shape), dtype, refCount);
  }

  override readSync(dataId: tf.DataId): Values {
    return this.valuesInPlace(dataId).slice() as Values;
  }

  override async read(dataId: tf.DataId): Promise<Values> {
    return this.readSync(dataId);
  }

  override disposeData(dataId: tf.DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const data = this.data.get(dataId);
    data.refCount--;
    if (!force && data.refCount > 0) return false;
    if (!data.strings) this.heap.release(data.address);
    this.data.delete(dataId);
    return true;
  }

  override refCount(dataId: tf.DataId): number {
    return this.data.has(dataId) ? this.data.get(dataId).refCount : 0;
  }

  override incRef(dataId: tf.DataId): void {
    this.data.get(dataId).refCount++;
  }

  override numDataIds(): number {
    return this.data.numDataIds();
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override async time(run: () => void): Promise<tf.BackendTimingInfo> {
    const start = performance.now();
    run();
    return { kernelMs: performance.now() - start };
  }

  override dispose(): void {
    // The heap lives as long as the process.
  }

  private store(
    dataId: tf.DataId,
    values: Values | null,
    size: number,
    dtype: tf.DataType,
    refCount: number,
  ): void {
    if (dtype === "complex64") throw new Error("the wasm backend has no complex numbers");
    const strings = dtype === "string" ? (values as Uint8Array[]) : null;
    const address = strings ? 0 : this.heap.reserve(size * (dtype === "bool" ? 1 : 4));
    this.data.set(dataId, { dtype, refCount, size, address, strings });
    if (values && !strings) (this.valuesInPlace(dataId) as Float32Array).set(values as Float32Array);
  }

  /** The same data under another shape. */
  private share({ dataId, dtype }: tf.TensorInfo, shape: number[]): tf.TensorInfo {
    this.incRef(dataId);
    return { dataId, shape, dtype };
  }

  /** Null for what only the cpu backend can add. */
  private add(a: tf.TensorInfo, b: tf.TensorInfo): tf.TensorInfo | null {
    if (!this.sum || !areAlike(a, b)) return null;
    const out = this.makeTensorInfo(a.shape, "float32");
    const size = tf.util.sizeFromShape(a.shape);
    this.sum(this.addressOf(a.dataId), this.addressOf(b.dataId), this.addressOf(out.dataId), size);
    return out;
  }

  private filled(shape: number[], dtype: tf.DataType, value: number): tf.TensorInfo {
    const info = this.makeTensorInfo(shape, dtype);
    (this.valuesInPlace(info.dataId) as Float32Array).fill(value);
    return info;
  }
}

/** Whether two tensors are added entry by entry in float32. */
function areAlike(a: tf.TensorInfo, b: tf.TensorInfo): boolean {
  return tf.util.arraysEqual(a.shape, b.shape) && a.dtype === "float32" && b.dtype === "float32";
}

/** The shape that Reshape asks for, with -1 worked out. */
function resolveShape({ shape }: tf.TensorInfo, attrs: tf.NamedAttrMap): number[] {
  const size = tf.util.sizeFromShape(shape);
  return tf.util.inferFromImplicitShape(attrs.shape as number[], size);
}
