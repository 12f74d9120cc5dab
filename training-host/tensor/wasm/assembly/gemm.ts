/**
 * General matrix multiplication on strided operands, after Goto & van de Geijn (2008): blocks of B are packed into panels
 * of NR columns, and a micro kernel keeps an MR x NR tile of C in registers.
 */
import { fma } from "./fma";
import { packPanelsOfColumns, packTilesOfRows } from "./pack";
import { MR, NR } from "./tile";

/** Depth of a block: an MR x KC tile of A and a KC x NR panel of B lie in the first-level cache together. */
const KC: i32 = 384;
/** Rows and columns of a block: they bound what lies in the second-level cache. */
const MC: i32 = 96;
const NC: i32 = 256;

const PACKED_A_BYTES: i32 = MC * KC * 4;
const PACKED_B_BYTES: i32 = KC * NC * 4;
const TILE_BYTES: i32 = MR * NR * 4;

let packedA: usize = 0;
let packedB: usize = 0;
let edgeTile: usize = 0;

/** Bytes that `useGemmWorkspace` must be given before the first multiplication. */
export function gemmWorkspaceBytes(): i32 {
  return PACKED_A_BYTES + PACKED_B_BYTES + TILE_BYTES;
}

export function useGemmWorkspace(address: usize): void {
  packedA = address;
  packedB = packedA + PACKED_A_BYTES;
  edgeTile = packedB + PACKED_B_BYTES;
}

/**
 * C [M, N] = A [M, K] * B [K, N], added to C if `accumulate`. Strides count floats: `rowA` from one row of A to
 * the next, `columnA` from one column to the next; the columns of C are adjacent.
 */
export function gemm(
  M: i32, N: i32, K: i32,
  A: usize, rowA: i32, columnA: i32,
  B: usize, rowB: i32, columnB: i32,
  C: usize, rowC: i32,
  accumulate: bool,
): void {
  for (let jc = 0; jc < N; jc += NC) {
    const nc = min(NC, N - jc);
    for (let pc = 0; pc < K; pc += KC) {
      const kc = min(KC, K - pc);
      packPanelsOfColumns(kc, nc, B + ((pc * rowB + jc * columnB) << 2), rowB, columnB, packedB);
      for (let ic = 0; ic < M; ic += MC) {
        const mc = min(MC, M - ic);
        multiplyBlock(
          mc, nc, kc,
          A + ((ic * rowA + pc * columnA) << 2), rowA, columnA,
          C + ((ic * rowC + jc) << 2), rowC,
          accumulate || pc > 0,
        );
      }
    }
  }
}

/** C [mc, nc] += A [mc, kc] * packedB. Rows of A that are adjacent floats are read where they are, others packed first. */
function multiplyBlock(
  mc: i32, nc: i32, kc: i32,
  A: usize, rowA: i32, columnA: i32,
  C: usize, rowC: i32,
  accumulate: bool,
): void {
  const packed = columnA != 1;
  if (packed) packTilesOfRows(mc, kc, A, rowA, columnA, packedA);
  // From one row of a tile to the next, from one column to the next, and from tile to tile, in bytes.
  const row = packed ? 4 : rowA << 2;
  const column = packed ? MR << 2 : 4;
  const tile = packed ? (MR * kc) << 2 : (MR * rowA) << 2;
  for (let j = 0; j < nc; j += NR) {
    const columns = min(NR, nc - j);
    const panel = packedB + ((j * kc) << 2);
    let a = packed ? packedA : A;
    let c = C + (j << 2);
    for (let i = 0; i < mc; i += MR) {
      const rows = min(MR, mc - i);
      if (rows == MR && columns == NR) multiplyTile(kc, a, row, column, panel, c, rowC << 2, accumulate);
      else multiplyEdge(rows, columns, kc, a, row, column, panel, c, rowC, accumulate);
      a += tile;
      c += (MR * rowC) << 2;
    }
  }
}

/** A tile that reaches over the edge of C is computed beside it; its missing rows of A repeat the last one. */
function multiplyEdge(
  rows: i32, columns: i32, kc: i32,
  a: usize, row: i32, column: i32, panel: usize,
  c: usize, rowC: i32,
  accumulate: bool,
): void {
  multiplyRows(kc, a, row, rows - 1, column, panel, edgeTile, NR << 2, false);
  for (let i = 0; i < rows; i++) {
    copyRow(edgeTile + ((i * NR) << 2), c + ((i * rowC) << 2), columns, accumulate);
  }
}

// @ts-ignore: decorator
@inline
function copyRow(from: usize, to: usize, columns: i32, accumulate: bool): void {
  if (columns == NR) {
    const left = v128.load(from);
    const right = v128.load(from, 16);
    v128.store(to, accumulate ? f32x4.add(v128.load(to), left) : left);
    v128.store(to, accumulate ? f32x4.add(v128.load(to, 16), right) : right, 16);
    return;
  }
  for (let at = 0; at < columns << 2; at += 4) {
    const value = load<f32>(from + at);
    store<f32>(to + at, accumulate ? load<f32>(to + at) + value : value);
  }
}

function multiplyTile(
  kc: i32,
  a: usize, row: i32, column: i32, panel: usize,
  c: usize, rowC: i32,
  accumulate: bool,
): void {
  multiplyRows(kc, a, row, MR - 1, column, panel, c, rowC, accumulate);
}

/**
 * The micro kernel: MR rows of A times one panel of B. `last` is the last row that exists; later ones repeat it.
 *
 * V8's register allocator is easily upset: with the loop unrolled by hand, with a factor multiplied in at the end, or with
 * the branch there taken away, accumulators go to the stack and it runs at 26 to 30 Gflop/s instead of 46. Measure.
 */
// @ts-ignore: decorator
@inline
function multiplyRows(
  kc: i32,
  a: usize, row: i32, last: i32, column: i32, panel: usize,
  c: usize, rowC: i32,
  accumulate: bool,
): void {
  let a0 = a;
  let a1 = a + row * min(1, last);
  let a2 = a + row * min(2, last);
  let a3 = a + row * min(3, last);
  let a4 = a + row * min(4, last);
  let a5 = a + row * min(5, last);
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0), c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0), c51 = f32x4.splat(0);
  for (let k = 0; k < kc; k++) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    let value = v128.load32_splat(a0);
    c00 = fma(value, b0, c00);
    c01 = fma(value, b1, c01);
    value = v128.load32_splat(a1);
    c10 = fma(value, b0, c10);
    c11 = fma(value, b1, c11);
    value = v128.load32_splat(a2);
    c20 = fma(value, b0, c20);
    c21 = fma(value, b1, c21);
    value = v128.load32_splat(a3);
    c30 = fma(value, b0, c30);
    c31 = fma(value, b1, c31);
    value = v128.load32_splat(a4);
    c40 = fma(value, b0, c40);
    c41 = fma(value, b1, c41);
    value = v128.load32_splat(a5);
    c50 = fma(value, b0, c50);
    c51 = fma(value, b1, c51);
    a0 += column;
    a1 += column;
    a2 += column;
    a3 += column;
    a4 += column;
    a5 += column;
    panel += NR << 2;
  }
  if (accumulate) {
    addRow(c, c00, c01);
    addRow(c + rowC, c10, c11);
    addRow(c + 2 * rowC, c20, c21);
    addRow(c + 3 * rowC, c30, c31);
    addRow(c + 4 * rowC, c40, c41);
    addRow(c + 5 * rowC, c50, c51);
  } else {
    storeRow(c, c00, c01);
    storeRow(c + rowC, c10, c11);
    storeRow(c + 2 * rowC, c20, c21);
    storeRow(c + 3 * rowC, c30, c31);
    storeRow(c + 4 * rowC, c40, c41);
    storeRow(c + 5 * rowC, c50, c51);
  }
}

// @ts-ignore: decorator
@inline
function storeRow(c: usize, left: v128, right: v128): void {
  v128.store(c, left);
  v128.store(c, right, 16);
}

// @ts-ignore: decorator
@inline
function addRow(c: usize, left: v128, right: v128): void {
  v128.store(c, f32x4.add(v128.load(c), left));
  v128.store(c, f32x4.add(v128.load(c, 16), right), 16);
}
