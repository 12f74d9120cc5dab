/**
 * The GPU's memory, in place of the BufferManager of @tensorflow/tfjs-backend-webgpu 4.22.0 (buffer_manager.ts). That one keeps
 * every buffer it ever made for the next tensor of exactly the same size; packed batches have a new size at almost every
 * step, so that a GPU would fill up. This one never holds more than was once in use at the same time. And it knows limits.
 */
import { UserError } from "../../../contracts/user-error";

export class BufferPool {
  private readonly free = new Map<string, GPUBuffer[]>();
  /** In the order in which they became free. */
  private readonly idle = new Set<GPUBuffer>();
  private readonly used = new Set<GPUBuffer>();
  private bytesMost = 0;
  numBytesUsed = 0;
  numBytesAllocated = 0;

  /** `fail` learns of a buffer that the GPU had no memory for, some time after it was asked for. */
  constructor(
    private readonly device: GPUDevice,
    private readonly fail: (error: UserError) => void,
  ) {}

  /** `size` in bytes; `mappedAtCreation` holds only for a buffer that is new. */
  acquireBuffer(size: number, usage: number, mappedAtCreation = false, reuse = true): GPUBuffer {
    const buffer = (reuse && this.takeFree(size, usage)) || this.create(size, usage, mappedAtCreation);
    this.used.add(buffer);
    this.numBytesUsed += size;
    this.bytesMost = Math.max(this.bytesMost, this.numBytesUsed);
    return buffer;
  }

  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    if (!this.used.delete(buffer)) return;
    this.numBytesUsed -= buffer.size;
    if (reuse) this.keep(buffer);
    else this.destroy(buffer);
  }

  getNumUsedBuffers(): number {
    return this.used.size;
  }

  getNumFreeBuffers(): number {
    return this.idle.size;
  }

  dispose(): void {
    for (const buffer of [...this.used, ...this.idle]) this.destroy(buffer);
    this.used.clear();
    this.idle.clear();
    this.free.clear();
    this.numBytesUsed = 0;
  }

  private keep(buffer: GPUBuffer): void {
    const key = keyOf(buffer.size, buffer.usage);
    const alike = this.free.get(key);
    if (alike) alike.push(buffer);
    else this.free.set(key, [buffer]);
    this.idle.add(buffer);
  }

  private takeFree(size: number, usage: number): GPUBuffer | undefined {
    const buffer = this.free.get(keyOf(size, usage))?.pop();
    if (buffer) this.idle.delete(buffer);
    return buffer;
  }

  private create(size: number, usage: number, mappedAtCreation: boolean): GPUBuffer {
    this.requireWithinLimits(size, usage);
    this.makeRoom(size);
    const { device } = this;
    device.pushErrorScope("out-of-memory");
    let buffer: GPUBuffer;
    try {
      buffer = device.createBuffer({ size, usage, mappedAtCreation });
    } catch (error) {
      // A buffer that is to be mapped at once fails at once.
      void device.popErrorScope().catch(() => null);
      throw this.outOfMemory(size, error);
    }
    const held = this.numBytesAllocated;
    device.popErrorScope().then(
      (error) => error && this.fail(outOfMemory(size, held, error)),
      () => null, // the device is lost, which is told elsewhere
    );
    this.numBytesAllocated += size;
    return buffer;
  }

  /** Destroys what has been free for longest until a new buffer keeps within what was once in use. */
  private makeRoom(size: number): void {
    const most = Math.max(this.bytesMost, this.numBytesUsed + size);
    for (const buffer of this.idle) {
      if (this.numBytesAllocated + size <= most) return;
      this.idle.delete(buffer);
      const key = keyOf(buffer.size, buffer.usage);
      const alike = this.free.get(key)!;
      alike.shift(); // the oldest of its kind
      if (alike.length === 0) this.free.delete(key);
      this.destroy(buffer);
    }
  }

  private destroy(buffer: GPUBuffer): void {
    this.numBytesAllocated -= buffer.size;
    buffer.destroy();
  }

  private requireWithinLimits(size: number, usage: number): void {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    const storage = (usage & GPUBufferUsage.STORAGE) !== 0;
    const limit = storage ? Math.min(maxBufferSize, maxStorageBufferBindingSize) : maxBufferSize;
    if (size <= limit) return;
    throw new UserError(
      "out-of-memory",
      `One tensor needs ${mebibytes(size)}, and this GPU takes at most ${mebibytes(limit)} in one buffer.`,
      "Use a smaller train.batch.micro or train.length; where it is a weight of the model, another backend.",
    );
  }

  private outOfMemory(size: number, cause: unknown): UserError {
    return outOfMemory(size, this.numBytesAllocated, cause);
  }
}

function outOfMemory(size: number, held: number, cause: unknown): UserError {
  return new UserError(
    "out-of-memory",
    `The GPU is out of memory: ${mebibytes(size)} more were needed, and this run holds ${mebibytes(held)} of it.`,
    "Use a smaller train.batch.micro, a smaller train.length or a smaller model, or end what else uses the GPU.",
    { cause },
  );
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}

function keyOf(size: number, usage: number): string {
  return `${size} ${usage}`;
}
