import fc from "fast-check";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { UserError } from "../../../../../contracts/user-error";
import { BufferPool } from "../../../../../training-host/tensor/webgpu/buffer-pool";

const STORAGE = 0x80;
const MIB = 2 ** 20;

beforeAll(() => vi.stubGlobal("GPUBufferUsage", { STORAGE }));

/** A GPU with `capacity` bytes of memory. */
class FakeDevice {
  readonly limits = { maxBufferSize: 64 * MIB, maxStorageBufferBindingSize: 32 * MIB };
  held = 0;
  private failed = false;

  constructor(private readonly capacity: number) {}

  pushErrorScope(): void {
    this.failed = false;
  }

  async popErrorScope(): Promise<{ message: string } | null> {
    return this.failed ? { message: "no memory" } : null;
  }

  createBuffer({ size, usage, mappedAtCreation }: GPUBufferDescriptor): GPUBuffer {
    this.failed = this.held + size > this.capacity;
    if (this.failed && mappedAtCreation) throw new RangeError("no memory");
    this.held += size;
    let alive = true;
    const destroy = () => {
      if (alive) this.held -= size;
      alive = false;
    };
    return { size, usage, destroy } as unknown as GPUBuffer;
  }
}

function openPool(capacity = 1024 * MIB) {
  const device = new FakeDevice(capacity);
  const failures: UserError[] = [];
  const pool = new BufferPool(device as unknown as GPUDevice, (error) => failures.push(error));
  return { device, failures, pool };
}

describe("the GPU's memory", () => {
  it("is used again for the same size and usage", () => {
    const { device, pool } = openPool();
    const buffer = pool.acquireBuffer(MIB, STORAGE);
    pool.releaseBuffer(buffer);
    expect(pool.acquireBuffer(MIB, STORAGE)).toBe(buffer);
    expect(pool.acquireBuffer(MIB, STORAGE)).not.toBe(buffer);
    expect(device.held).toBe(2 * MIB);
  });

  it("holds never more than was once in use, whatever the sizes", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 9 })), { maxLength: 200 }),
        (moves) => {
          const { device, pool } = openPool();
          const used: GPUBuffer[] = [];
          let most = 0;
          for (const [acquire, size] of moves) {
            if (acquire) used.push(pool.acquireBuffer(size * MIB, STORAGE));
            else if (used.length > 0) pool.releaseBuffer(used.splice(size % used.length, 1)[0]!);
            const inUse = used.reduce((sum, { size }) => sum + size, 0);
            most = Math.max(most, inUse);
            expect(new Set(used).size).toBe(used.length);
            expect(pool.numBytesUsed).toBe(inUse);
            expect(pool.numBytesAllocated).toBe(device.held);
            expect(device.held).toBeLessThanOrEqual(most);
          }
          pool.dispose();
          expect(device.held).toBe(0);
        },
      ),
    ));

  it("gives back what is not to be used again", () => {
    const { device, pool } = openPool();
    pool.releaseBuffer(pool.acquireBuffer(MIB, 0, true, false), false);
    expect(device.held).toBe(0);
    expect(pool.numBytesAllocated).toBe(0);
  });

  it("that is too small is told of with the size that was asked for", async () => {
    const { failures, pool } = openPool(3 * MIB);
    pool.acquireBuffer(2 * MIB, STORAGE);
    pool.acquireBuffer(1.5 * MIB, STORAGE);
    await vi.waitFor(() => expect(failures).toHaveLength(1));
    expect(failures[0]).toMatchObject({
      reason: "out-of-memory",
      message: "The GPU is out of memory: 2 MiB more were needed, and this run holds 2 MiB of it.",
    });
    expect(() => pool.acquireBuffer(5 * MIB, STORAGE, true)).toThrowError(/5 MiB more were needed/);
  });

  it.each([
    ["storage", STORAGE, 32],
    ["other", 0, 64],
  ])("has a limit for one %s buffer", (_, usage, limit) => {
    const { pool } = openPool();
    pool.acquireBuffer(limit * MIB, usage);
    expect(() => pool.acquireBuffer(limit * MIB + 4, usage)).toThrowError(
      `One tensor needs ${limit + 1} MiB, and this GPU takes at most ${limit} MiB in one buffer.`,
    );
  });
});
