/**
 * Causal attention within a sequence, for the query heads of one group: they share a key-value head (grouped-query attention,
 * Ainslie et al. 2023), so that what one call writes no other does, and calls can run on different threads. Rows are worked on in blocks; a block multiplies only
 * the columns that its last row sees, and probabilities are recomputed in the backward pass from two numbers per row and
 * head (Dao et al. 2022), so that no [T, T] matrix is kept.
 */
import { multiply } from "./multiply";
import { recomputeProbabilities, softmaxBackwardRow, softmaxRow } from "./softmax";

/** Rows of a block: a multiple of the micro kernel's rows. */
const BLOCK: i32 = 48;

/** Bytes of workspace for sequences of at most `longest` rows: scores of a block, and their gradients. */
export function attentionWorkspaceBytes(longest: i32): i32 {
  return 2 * BLOCK * longest * 4;
}

/**
 * The rows `starts[sequence]` to `starts[sequence + 1] - 1` of q, out [N, heads * size], k, v [N, kvHeads * size], in the
 * columns of key-value head `group`; `maxima` and `inverseSums` [N, heads] are kept for the backward pass. starts is int32.
 */
export function attentionForward(
  q: usize, k: usize, v: usize, out: usize, maxima: usize, inverseSums: usize,
  starts: usize, sequence: i32, group: i32, heads: i32, kvHeads: i32, size: i32,
  workspace: usize,
): void {
  const rowQ = heads * size;
  const rowK = kvHeads * size;
  const perGroup = heads / kvHeads;
  const scale: f32 = 1 / Mathf.sqrt(<f32>size);
  const first = load<i32>(starts + (sequence << 2));
  const length = load<i32>(starts + (sequence << 2), 4) - first;
  const atK = (first * rowK + group * size) << 2;
  for (let head = group * perGroup; head < (group + 1) * perGroup; head++) {
    const atQ = (first * rowQ + head * size) << 2;
    for (let block = 0; block < length; block += BLOCK) {
      const rows = min(BLOCK, length - block);
      const columns = block + rows;
      const atBlock = atQ + ((block * rowQ) << 2);
      multiply(rows, columns, size, q + atBlock, rowQ, 1, k + atK, 1, rowK, workspace, columns, false);
      for (let row = 0; row < rows; row++) {
        const at = ((first + block + row) * heads + head) << 2;
        softmaxRow(
          workspace + ((row * columns) << 2), block + row + 1, columns, scale, maxima + at, inverseSums + at,
        );
      }
      multiply(rows, size, columns, workspace, columns, 1, v + atK, rowK, 1, out + atBlock, rowQ, false);
    }
  }
}

/** dq has q's shape, dk and dv have k's; the same rows and columns of them are written. */
export function attentionBackward(
  dOut: usize, q: usize, k: usize, v: usize, maxima: usize, inverseSums: usize,
  dq: usize, dk: usize, dv: usize,
  starts: usize, sequence: i32, group: i32, heads: i32, kvHeads: i32, size: i32,
  workspace: usize,
): void {
  const rowQ = heads * size;
  const rowK = kvHeads * size;
  const perGroup = heads / kvHeads;
  const scale: f32 = 1 / Mathf.sqrt(<f32>size);
  const first = load<i32>(starts + (sequence << 2));
  const length = load<i32>(starts + (sequence << 2), 4) - first;
  const atK = (first * rowK + group * size) << 2;
  for (let row = 0; row < length; row++) {
    const at = atK + ((row * rowK) << 2);
    memory.fill(dk + at, 0, size << 2);
    memory.fill(dv + at, 0, size << 2);
  }
  for (let head = group * perGroup; head < (group + 1) * perGroup; head++) {
    const atQ = (first * rowQ + head * size) << 2;
    for (let block = 0; block < length; block += BLOCK) {
      const rows = min(BLOCK, length - block);
      const columns = block + rows;
      const atBlock = atQ + ((block * rowQ) << 2);
      const P = workspace;
      const dP = workspace + ((rows * columns) << 2);
      multiply(rows, columns, size, q + atBlock, rowQ, 1, k + atK, 1, rowK, P, columns, false);
      multiply(rows, columns, size, dOut + atBlock, rowQ, 1, v + atK, 1, rowK, dP, columns, false);
      for (let row = 0; row < rows; row++) {
        const at = ((first + block + row) * heads + head) << 2;
        const here = (row * columns) << 2;
        recomputeProbabilities(
          P + here, block + row + 1, columns, scale, load<f32>(maxima + at), load<f32>(inverseSums + at),
        );
      }
      multiply(columns, size, rows, P, 1, columns, dOut + atBlock, rowQ, 1, dv + atK, rowK, true);
      for (let row = 0; row < rows; row++) {
        const here = (row * columns) << 2;
        softmaxBackwardRow(P + here, dP + here, columns, scale);
      }
      multiply(rows, size, columns, dP, columns, 1, k + atK, rowK, 1, dq + atBlock, rowQ, false);
      multiply(columns, size, rows, dP, 1, columns, q + atBlock, rowQ, 1, dk + atK, rowK, true);
    }
  }
}
