import * as fs from "node:fs";
import * as path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { inverseFrequencies, RotaryEmbedding } from "../../../../training-host/model/rotary";
import { openBackend } from "../../../../training-host/tensor/backends";
import { referenceFolder } from "../reference";

const expected = JSON.parse(
  fs.readFileSync(path.join(referenceFolder, "rope/inv_freq.json"), "utf8"),
) as Record<string, number[]>;

const llama3 = (factor: number) => ({
  type: "llama3" as const,
  factor,
  lowFrequencyFactor: 1,
  highFrequencyFactor: 4,
  originalLength: 8192,
});

describe("inverse frequencies", () => {
  it.each([
    ["qwen1.5-0.5b", 64, 1e6, null],
    ["llama3-8b", 128, 5e5, null],
    ["gemma-2b", 256, 1e4, null],
    ["llama31-8b", 128, 5e5, llama3(8)],
    ["llama32-1b", 64, 5e5, llama3(32)],
  ] as const)("are transformers' for %s", (name, size, theta, scaling) => {
    const frequencies = inverseFrequencies(size, { theta, scaling });
    const reference = expected[name]!;
    expect(frequencies).toHaveLength(reference.length);
    for (const [i, frequency] of frequencies.entries()) expect(frequency / reference[i]!).toBeCloseTo(1, 6);
  });
});

describe("a rotary table", () => {
  beforeAll(() => openBackend("wasm"));

  it("covers the longest position asked for, and is kept while it does", () => {
    const rotary = new RotaryEmbedding(Float32Array.of(1, 0.5));
    const first = rotary.upTo(10);
    expect(rotary.upTo(60)).toBe(first);
    const longer = rotary.upTo(64);
    expect(longer.cosines.shape[0]).toBeGreaterThan(64);
    expect(first.cosines.isDisposed).toBe(true);
    expect(longer.cosines.arraySync()[64]![1]).toBeCloseTo(Math.cos(32), 6);
    expect(longer.sines.arraySync()[64]![0]).toBeCloseTo(Math.sin(64), 6);
    rotary.dispose();
  });
});
