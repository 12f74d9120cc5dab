/** Attention to rows that came before, whose keys and values lie on the heap and stay where they are. */
import type * as tf from "@tensorflow/tfjs-core";
import type { Operations, PastRows } from "../operations";
import type { Heap } from "./heap";
import type { Kit } from "./kit";

/** Rows that memory is taken for at a time, at least. */
const ROWS_AT_ONCE = 64;
/** Beyond that, so much more of what there is: a long text is copied seldom. */
const GROWTH = 1.25;
/** int32 per sequence in the kernel's table. */
const TABLE_COLUMNS = 5;

/** Keys and values of a sequence, row by row: [rows, width] each, in two blocks of the heap. */
class HeapRows implements PastRows {
  rows = 0;
  private capacity = 0;
  private width = 0;
  keys = 0;
  values = 0;

  constructor(private readonly heap: Heap) {}

  /** Copies `count` rows of `width` floats behind those that there are. @throws UserError "out-of-memory". */
  append(k: number, v: number, count: number, width: number): void {
    this.width = width;
    this.makeRoomFor(this.rows + count);
    const end = 4 * this.rows * width;
    this.copy(k, this.keys + end, 4 * count * width);
    this.copy(v, this.values + end, 4 * count * width);
    this.rows += count;
  }

  dispose(): void {
    if (this.capacity === 0) return;
    this.heap.release(this.keys);
    this.heap.release(this.values);
    this.capacity = 0;
    this.rows = 0;
  }

  private makeRoomFor(rows: number): void {
    if (rows <= this.capacity) return;
    const wanted = this.capacity === 0 ? rows : Math.max(rows, this.capacity * GROWTH);
    const capacity = Math.ceil(wanted / ROWS_AT_ONCE) * ROWS_AT_ONCE;
    const keys = this.heap.reserve(4 * capacity * this.width);
    let values: number;
    try {
      values = this.heap.reserve(4 * capacity * this.width);
    } catch (error) {
      this.heap.release(keys);
      throw error;
    }
    const { rows: held } = this;
    this.copy(this.keys, keys, 4 * held * this.width);
    this.copy(this.values, values, 4 * held * this.width);
    this.dispose();
    Object.assign(this, { keys, values, capacity, rows: held });
  }

  private copy(from: number, to: number, bytes: number): void {
    this.heap.bytesAt(0, this.heap.bytes).copyWithin(to, from, from + bytes);
  }
}

export function makeAttentionWithPast({
  heap,
  kernels,
}: Kit): Pick<Operations, "emptyPast" | "attentionWithPast"> {
  const at = (tensor: tf.Tensor) => heap.addressOf(tensor);
  return {
    emptyPast: () => new HeapRows(heap),
    attentionWithPast: (q, k, v, starts, pasts, { query, keyValue, size }) => {
      const width = keyValue * size;
      const table = new Int32Array(pasts.length * TABLE_COLUMNS);
      let longest = 0;
      for (const [sequence, past] of (pasts as readonly HeapRows[]).entries()) {
        const first = starts[sequence]!;
        const count = starts[sequence + 1]! - first;
        past.append(at(k) + 4 * first * width, at(v) + 4 * first * width, count, width);
        table.set([first, count, past.keys, past.values, past.rows], sequence * TABLE_COLUMNS);
        longest = Math.max(longest, past.rows);
      }
      const out = heap.allocate<tf.Tensor2D>(q.shape);
      // The table comes behind each thread's room for the scores of the longest sequence.
      const bytesPerThread = kernels.attentionWithPastWorkspaceBytes(longest);
      const workspace = heap.workspace(bytesPerThread * kernels.threads + table.byteLength);
      const tableAddress = workspace + bytesPerThread * kernels.threads;
      heap.writeIntegers(table, tableAddress);
      kernels.attentionWithPast(
        ...[at(q), at(out), tableAddress, pasts.length, longest],
        ...[query, keyValue, size, workspace, bytesPerThread],
      );
      return out;
    },
  };
}
