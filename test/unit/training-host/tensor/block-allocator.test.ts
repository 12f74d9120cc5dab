import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BlockAllocator } from "../../../../training-host/tensor/wasm/block-allocator";

const LIMIT = 64 * 1024;

describe("the block allocator", () => {
  it("keeps blocks apart, aligned and inside of its range, and merges what is released", () => {
    // Positive numbers allocate so many bytes, others release one of the blocks in use.
    const commands = fc.array(fc.integer({ min: -8, max: 6000 }), { maxLength: 200 });
    fc.assert(
      fc.property(commands, (steps) => {
        const allocator = new BlockAllocator(100, LIMIT);
        const used: { address: number; bytes: number }[] = [];
        for (const step of steps) {
          if (step > 0) {
            const address = allocator.allocate(step);
            if (address === null) continue;
            expect(address % 64).toBe(0);
            expect(address).toBeGreaterThanOrEqual(100);
            expect(address + step).toBeLessThanOrEqual(Math.min(allocator.top, LIMIT));
            for (const other of used)
              expect(address + step <= other.address || other.address + other.bytes <= address).toBe(true);
            used.push({ address, bytes: step });
          } else if (used.length > 0) allocator.release(used.splice(-step % used.length, 1)[0]!.address);
        }
        for (const { address } of used) allocator.release(address);
        expect(allocator.bytesInUse).toBe(0);
        // One free block remains: all of the range can be had at once.
        expect(allocator.allocate(LIMIT - 128)).toBe(128);
      }),
    );
  });

  it("takes the lowest free block that fits", () => {
    const allocator = new BlockAllocator(0, LIMIT);
    const [large, , small] = [4096, 64, 1024, 64].map((bytes) => allocator.allocate(bytes)!);
    allocator.release(large!);
    allocator.release(small!);
    expect(allocator.allocate(3100)).toBe(large);
    expect(allocator.allocate(1000)).toBe(small);
    expect(allocator.allocate(900)).toBe(large! + 3136);
  });

  it("grows a free block at the top instead of leaving it behind", () => {
    const allocator = new BlockAllocator(0, LIMIT);
    allocator.allocate(64);
    const last = allocator.allocate(640)!;
    allocator.release(last);
    expect(allocator.allocate(6400)).toBe(last);
  });

  it("says when nothing is long enough, and refuses what it has not given", () => {
    const allocator = new BlockAllocator(0, LIMIT);
    expect(allocator.allocate(LIMIT + 1)).toBeNull();
    const address = allocator.allocate(LIMIT)!;
    expect(allocator.allocate(1)).toBeNull();
    allocator.release(address);
    expect(() => allocator.release(address)).toThrowError(RangeError);
  });
});
