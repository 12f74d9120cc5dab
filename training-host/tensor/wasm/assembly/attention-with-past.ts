/**
 * Causal attention of a sequence's new rows to all of its rows so far, whose keys and values were kept. One new row, as in
 * writing a text token by token, reads them once; more rows, as of a prompt, are worked on in blocks like any others.
 */
import { attendBlock, attentionWorkspaceBytes, BLOCK } from "./attention";
import { fma } from "./fma";
import { dotProduct, exponentialsOfRow } from "./softmax";

/** Largest scores and inverse sums of the rows of a block. */
const STATISTICS_BYTES: i32 = 2 * 4 * BLOCK;

/** Bytes of workspace for a sequence of at most `longest` rows, the new ones included. */
export function attentionWithPastWorkspaceBytes(longest: i32): i32 {
  return STATISTICS_BYTES + attentionWorkspaceBytes(longest);
}

/**
 * The new rows of one sequence in the columns of one query head, of q and out [N, heads * size]. `table` has five int32 per
 * sequence: its first new row, how many there are, and its keys, values [all, kvHeads * size] and `all`; the last rows of keys
 * and values are the new ones' own.
 */
export function attentionWithPast(
  q: usize, out: usize, table: usize, sequence: i32, head: i32,
  heads: i32, kvHeads: i32, size: i32,
  workspace: usize,
): void {
  const entry = table + sequence * 20;
  const first = load<i32>(entry);
  const rows = load<i32>(entry, 4);
  const all = load<i32>(entry, 16);
  const rowQ = heads * size;
  const rowK = kvHeads * size;
  const columns = (head / (heads / kvHeads)) * size;
  const k = <usize>load<u32>(entry, 8) + (columns << 2);
  const v = <usize>load<u32>(entry, 12) + (columns << 2);
  const atQ = (first * rowQ + head * size) << 2;
  const scores = workspace + STATISTICS_BYTES;
  if (rows == 1) {
    attendWithOneRow(q + atQ, k, v, out + atQ, all, rowK, size, workspace, scores);
    return;
  }
  for (let block = 0; block < rows; block += BLOCK) {
    const atBlock = atQ + ((block * rowQ) << 2);
    attendBlock(
      q + atBlock, k, v, out + atBlock, workspace, workspace + 4 * BLOCK, 4,
      min(BLOCK, rows - block), all - rows + block + 1, rowQ, rowK, size, scores,
    );
  }
}

function attendWithOneRow(
  q: usize, keys: usize, values: usize, out: usize, all: i32, rowK: i32, size: i32, statistics: usize, scores: usize,
): void {
  for (let row = 0; row < all; row++) {
    store<f32>(scores + (row << 2), dotProduct(q, keys + ((row * rowK) << 2), size));
  }
  const scale: f32 = 1 / Mathf.sqrt(<f32>size);
  exponentialsOfRow(scores, all, all, scale, statistics, statistics + 4);
  const inverse = load<f32>(statistics, 4);
  const whole = size & ~3;
  let column = 0;
  for (; column + 16 <= whole; column += 16) {
    weightedSum16(scores, values + (column << 2), out + (column << 2), all, rowK, inverse);
  }
  for (; column < whole; column += 4) {
    weightedSum4(scores, values + (column << 2), out + (column << 2), all, rowK, inverse);
  }
  for (; column < size; column++) {
    let sum: f32 = 0;
    for (let row = 0; row < all; row++) {
      sum += load<f32>(scores + (row << 2)) * load<f32>(values + ((row * rowK + column) << 2));
    }
    store<f32>(out + (column << 2), sum * inverse);
  }
}

/** Sixteen columns: a cache line of each row of the values, read once. */
// @ts-ignore: decorator
@inline
function weightedSum16(weights: usize, values: usize, out: usize, rows: i32, row: i32, factor: f32): void {
  let sum0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0);
  let sum2 = f32x4.splat(0);
  let sum3 = f32x4.splat(0);
  for (let i = 0; i < rows; i++) {
    const weight = v128.load32_splat(weights);
    sum0 = fma(weight, v128.load(values), sum0);
    sum1 = fma(weight, v128.load(values, 16), sum1);
    sum2 = fma(weight, v128.load(values, 32), sum2);
    sum3 = fma(weight, v128.load(values, 48), sum3);
    weights += 4;
    values += row << 2;
  }
  const factors = f32x4.splat(factor);
  v128.store(out, f32x4.mul(sum0, factors));
  v128.store(out, f32x4.mul(sum1, factors), 16);
  v128.store(out, f32x4.mul(sum2, factors), 32);
  v128.store(out, f32x4.mul(sum3, factors), 48);
}

// @ts-ignore: decorator
@inline
function weightedSum4(weights: usize, values: usize, out: usize, rows: i32, row: i32, factor: f32): void {
  let sum = f32x4.splat(0);
  for (let i = 0; i < rows; i++) {
    sum = fma(v128.load32_splat(weights), v128.load(values), sum);
    weights += 4;
    values += row << 2;
  }
  v128.store(out, f32x4.mul(sum, f32x4.splat(factor)));
}
