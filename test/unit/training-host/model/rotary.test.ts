import * as fs from "node:fs";
import * as path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readRope } from "../../../../training-host/model/rope-config";
import { inverseFrequencies, RotaryEmbedding } from "../../../../training-host/model/rotary";
import { openBackend } from "../../../../training-host/tensor/backends";
import { referenceFolder } from "../reference";
import { modelConfig } from "./model-configs";

const expected = JSON.parse(
  fs.readFileSync(path.join(referenceFolder, "rope/inv_freq.json"), "utf8"),
) as Record<string, number[]>;

describe("inverse frequencies", () => {
  it.each([
    ["qwen1.5-0.5b", "qwen1.5-0.5b", 64],
    ["llama3-8b", "llama-3-8b", 128],
    ["gemma-2b", "gemma-2b", 256],
    ["llama31-8b", "llama-3.1-8b-instruct", 128],
    ["llama32-1b", "llama-3.2-1b", 64],
  ] as const)("are transformers' for %s", (name, config, size) => {
    const frequencies = inverseFrequencies(size, readRope(modelConfig(config)));
    const reference = expected[name]!;
    expect(frequencies).toHaveLength(reference.length);
    for (const [i, frequency] of frequencies.entries()) expect(frequency / reference[i]!).toBeCloseTo(1, 6);
  });

  it("are divided by the factor of linear scaling", () => {
    const scaled = modelConfig("llama-2-7b", { rope_scaling: { type: "linear", factor: 4 } });
    const plain = inverseFrequencies(128, readRope(modelConfig("llama-2-7b")));
    expect(inverseFrequencies(128, readRope(scaled))).toEqual(plain.map((frequency) => frequency / 4));
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
