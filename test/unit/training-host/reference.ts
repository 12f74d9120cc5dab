/** Reads `test/fixtures/reference` (models and expected numbers made with Hugging Face transformers; see its README). */
import * as fs from "node:fs";
import * as path from "node:path";
import type { PackedBatch, Targets } from "../../../training-host/data/packed-batch";

export const referenceFolder = path.resolve(import.meta.dirname, "../../fixtures/reference");

export interface ExpectedTensor {
  shape: number[];
  values: Float32Array | Int32Array;
}

/** A second reader of the format, independent of the product's; `file` lies in the reference, unless it is absolute. */
export function readExpected(file: string): Map<string, ExpectedTensor> {
  const bytes = fs.readFileSync(path.resolve(referenceFolder, file));
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, start).toString()) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  delete header.__metadata__;
  return new Map(
    Object.entries(header).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [begin, end],
        },
      ]) => {
        const { buffer } = new Uint8Array(bytes.subarray(start + begin, start + end));
        return [name, { shape, values: dtype === "I32" ? new Int32Array(buffer) : new Float32Array(buffer) }];
      },
    ),
  );
}

/** A padded batch of the reference as packed rows, and where each row and target was. */
export interface ReferenceBatch {
  batch: PackedBatch;
  targets: Targets;
  /** Packed row to its index in the padded [B, T]. */
  rows: number[];
  /** Target to its index in the padded token_loss [B, T - 1]. */
  losses: number[];
}

/** Pads are dropped; positions stay where transformers counts them, 0 to T - 1 also with left padding. */
export function packReference(
  tensors: Map<string, ExpectedTensor>,
  prefix = "",
  withoutMask = false,
): ReferenceBatch {
  const ids = tensors.get(`${prefix}input_ids`)!;
  const [B, T] = ids.shape as [number, number];
  const mask = withoutMask ? undefined : tensors.get(`${prefix}attention_mask`)!.values;
  const labels = withoutMask ? undefined : tensors.get(`${prefix}labels`)!.values;
  const packed = { ids: [] as number[], positions: [] as number[], starts: [0], rows: [] as number[] };
  const targets = { rows: [] as number[], labels: [] as number[], sequences: [] as number[] };
  const losses: number[] = [];
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      if (mask && mask[b * T + t] === 0) continue;
      if (labels && t > 0 && labels[b * T + t] !== -100) {
        targets.rows.push(packed.ids.length - 1);
        targets.labels.push(labels[b * T + t]!);
        targets.sequences.push(b);
        losses.push(b * (T - 1) + t - 1);
      }
      packed.rows.push(b * T + t);
      packed.ids.push(ids.values[b * T + t]!);
      packed.positions.push(t);
    }
    packed.starts.push(packed.ids.length);
  }
  return {
    batch: {
      ids: Int32Array.from(packed.ids),
      positions: Int32Array.from(packed.positions),
      starts: Int32Array.from(packed.starts),
    },
    targets: {
      rows: Int32Array.from(targets.rows),
      labels: Int32Array.from(targets.labels),
      sequences: Int32Array.from(targets.sequences),
    },
    rows: packed.rows,
    losses,
  };
}

/** Rows of a padded [..., width] tensor, as the packed batch has them. */
export function rowsOf(tensor: ExpectedTensor, rows: readonly number[]): Float32Array {
  const width = tensor.shape.at(-1)!;
  return Float32Array.from(
    rows.flatMap((row) => [...tensor.values.subarray(row * width, (row + 1) * width)]),
  );
}

export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new RangeError(`${actual.length} values, expected ${expected.length}`);
  let largest = 0;
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (!(difference <= largest)) largest = difference; // NaN is the largest
  }
  return largest;
}

export function largestMagnitude(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest;
}
