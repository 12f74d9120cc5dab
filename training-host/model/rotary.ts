/** Rotary position embeddings (Su et al. 2021): frequencies, with the ways of stretching them, and their tables. */
import * as tf from "@tensorflow/tfjs-core";
import type { RotaryTable } from "../tensor/operations";
import type { Llama3RopeScaling, RopeConfig, RopeScaling } from "./rope-config";

/** theta^(-2i / size) for i < size / 2, in float32 steps as the reference computes them. */
export function inverseFrequencies(size: number, { theta, scaling }: RopeConfig): Float32Array {
  const frequencies = new Float32Array(size / 2);
  for (let i = 0; i < frequencies.length; i++) {
    const frequency = Math.fround(1 / Math.fround(theta ** Math.fround((2 * i) / size)));
    frequencies[i] = scaling === null ? frequency : stretch(frequency, scaling);
  }
  return frequencies;
}

function stretch(frequency: number, scaling: RopeScaling): number {
  return scaling.type === "linear" ? frequency / scaling.factor : stretchLowFrequencies(frequency, scaling);
}

function stretchLowFrequencies(frequency: number, scaling: Llama3RopeScaling): number {
  const { factor, lowFrequencyFactor, highFrequencyFactor, originalLength } = scaling;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < originalLength / highFrequencyFactor) return frequency;
  if (wavelength > originalLength / lowFrequencyFactor) return frequency / factor;
  const kept =
    (originalLength / wavelength - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
  return ((1 - kept) * frequency) / factor + kept * frequency;
}

/** Tables of cosines and sines that grow with the longest position seen. */
export class RotaryEmbedding {
  private table: RotaryTable | null = null;
  private positions = 0;

  constructor(private readonly frequencies: Float32Array) {}

  /** A table that covers positions 0 to `longest`; valid until the next call. */
  upTo(longest: number): RotaryTable {
    if (this.table && longest < this.positions) return this.table;
    this.dispose();
    this.positions = Math.max(64, 2 ** Math.ceil(Math.log2(longest + 1)));
    this.table = buildTable(this.frequencies, this.positions);
    return this.table;
  }

  dispose(): void {
    this.table?.cosines.dispose();
    this.table?.sines.dispose();
    this.table = null;
  }
}

function buildTable(frequencies: Float32Array, positions: number): RotaryTable {
  const half = frequencies.length;
  const cosines = new Float32Array(positions * half);
  const sines = new Float32Array(positions * half);
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(position * frequencies[i]!);
      cosines[position * half + i] = Math.cos(angle);
      sines[position * half + i] = Math.sin(angle);
    }
  }
  return {
    cosines: tf.keep(tf.tensor2d(cosines, [positions, half])),
    sines: tf.keep(tf.tensor2d(sines, [positions, half])),
  };
}
