/**
 * Causal attention within a sequence, for the query heads of one group: they share a key-value head (grouped-query
 * attention, Ainslie et al. 2023), so that what one call writes no other does, and calls can run on different threads. Rows
 * are worked on in blocks; a block multiplies only the columns that its last row sees, and probabilities are recomputed in
 * the backward pass from two numbers per row and head (Dao et al. 2022), so that no [T, T] matrix is kept.
 */
import { multiply } from "./multiply";
import { dotProduct, exponentialsOfRow, scaleRow, softmaxBackwardRow } from "./softmax";

/** Rows of a block: a multiple of the micro kernel's rows. */
export const BLOCK: i32 = 48;

/** Bytes of workspace for sequences of at most `longest` rows: scores of a block, and their gradients. */
export function attentionWorkspaceBytes(longest: i32): i32 {
  return 2 * BLOCK * paddedColumns(longest) * 4;
}

/** From one row of scores to the next. */
// @ts-ignore: decorator
@inline
function paddedColumns(columns: i32): i32 {
  return (columns + 3) & ~3;
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
  const first = load<i32>(starts + (sequence << 2));
  const length = load<i32>(starts + (sequence << 2), 4) - first;
  const atK = (first * rowK + group * size) << 2;
  for (let head = group * perGroup; head < (group + 1) * perGroup; head++) {
    const atQ = (first * rowQ + head * size) << 2;
    for (let block = 0; block < length; block += BLOCK) {
      const atBlock = atQ + ((block * rowQ) << 2);
      const at = ((first + block) * heads + head) << 2;
      attendBlock(
        q + atBlock, k + atK, v + atK, out + atBlock, maxima + at, inverseSums + at, heads << 2,
        min(BLOCK, length - block), block + 1, rowQ, rowK, size, workspace,
      );
    }
  }
}

/**
 * A block of at most BLOCK rows and one head: the first row sees `seen` rows of k and v, each further row one more. From one
 * row's maximum and inverse sum to the next are `stride` bytes.
 */
export function attendBlock(
  q: usize, k: usize, v: usize, out: usize, maxima: usize, inverseSums: usize, stride: i32,
  rows: i32, seen: i32, rowQ: i32, rowK: i32, size: i32, workspace: usize,
): void {
  const scale: f32 = 1 / Mathf.sqrt(<f32>size);
  const columns = seen + rows - 1;
  const rowS = paddedColumns(columns);
  multiply(rows, columns, size, q, rowQ, 1, k, 1, rowK, workspace, rowS, false);
  for (let row = 0; row < rows; row++) {
    const at = row * stride;
    exponentialsOfRow(workspace + ((row * rowS) << 2), seen + row, columns, scale, maxima + at, inverseSums + at);
  }
  multiply(rows, size, columns, workspace, rowS, 1, v, rowK, 1, out, rowQ, false);
  // Here and not above: a row of the output is shorter than one of the scores.
  for (let row = 0; row < rows; row++) {
    scaleRow(out + ((row * rowQ) << 2), size, load<f32>(inverseSums + row * stride));
  }
}

/** dq has q's shape, dk and dv have k's; the same rows and columns of them are written. `out` is what the forward pass gave. */
export function attentionBackward(
  dOut: usize, out: usize, q: usize, k: usize, v: usize, maxima: usize, inverseSums: usize,
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
      const rowS = paddedColumns(columns);
      const P = workspace;
      const dP = workspace + ((rows * rowS) << 2);
      multiply(rows, columns, size, q + atBlock, rowQ, 1, k + atK, 1, rowK, P, rowS, false);
      multiply(rows, columns, size, dOut + atBlock, rowQ, 1, v + atK, 1, rowK, dP, rowS, false);
      for (let row = 0; row < rows; row++) {
        const at = ((first + block + row) * heads + head) << 2;
        const atRow = atBlock + ((row * rowQ) << 2);
        const here = (row * rowS) << 2;
        // sum(P * dP) over a row is dOut * out, which is shorter (Dao et al. 2022, appendix B.2).
        const sum = dotProduct(dOut + atRow, out + atRow, size);
        softmaxBackwardRow(
          P + here, dP + here, block + row + 1, columns, scale, load<f32>(maxima + at), load<f32>(inverseSums + at), sum,
        );
      }
      multiply(columns, size, rows, P, 1, rowS, dOut + atBlock, rowQ, 1, dv + atK, rowK, true);
      multiply(rows, size, columns, dP, rowS, 1, k + atK, rowK, 1, dq + atBlock, rowQ, false);
      multiply(columns, size, rows, dP, 1, rowS, q + atBlock, rowQ, 1, dk + atK, rowK, true);
    }
  }
}
