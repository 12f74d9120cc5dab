/** Copies blocks of matrices into the order in which the micro kernel of `gemm.ts` reads them. */
import { MR, NR } from "./tile";

/**
 * B [kc, nc] into panels of NR columns, each panel row by row; columns beyond the edge are 0.
 */
export function packPanelsOfColumns(kc: i32, nc: i32, B: usize, rowB: i32, columnB: i32, out: usize): void {
  for (let j = 0; j < nc; j += NR) {
    const columns = min(NR, nc - j);
    const from = B + ((j * columnB) << 2);
    if (columns == NR && columnB == 1) packAdjacentColumns(kc, from, rowB, out);
    else if (columns == NR && rowB == 1) packAdjacentRows(kc, from, columnB, out);
    else packColumnsOneByOne(kc, columns, from, rowB, columnB, out);
    out += (kc * NR) << 2;
  }
}

function packAdjacentColumns(kc: i32, from: usize, rowB: i32, out: usize): void {
  for (let k = 0; k < kc; k++) {
    v128.store(out, v128.load(from));
    v128.store(out, v128.load(from, 16), 16);
    out += NR << 2;
    from += rowB << 2;
  }
}

/** A transposed B: the floats of a column are adjacent, so 4 x 4 blocks are transposed in registers. */
function packAdjacentRows(kc: i32, from: usize, columnB: i32, out: usize): void {
  const whole = kc & ~3;
  for (let k = 0; k < whole; k += 4) {
    transpose4x4(from, columnB, out);
    transpose4x4(from + ((4 * columnB) << 2), columnB, out + 16);
    from += 16;
    out += (4 * NR) << 2;
  }
  for (let k = whole; k < kc; k++) {
    for (let j = 0; j < NR; j++) store<f32>(out + (j << 2), load<f32>(from + ((j * columnB) << 2)));
    from += 4;
    out += NR << 2;
  }
}

// @ts-ignore: decorator
@inline
function transpose4x4(from: usize, stride: i32, out: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + (stride << 2));
  const r2 = v128.load(from + (stride << 3));
  const r3 = v128.load(from + ((3 * stride) << 2));
  const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
  const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<i64>(low01, low23, 0, 2));
  v128.store(out + (NR << 2), v128.shuffle<i64>(low01, low23, 1, 3));
  v128.store(out + (NR << 3), v128.shuffle<i64>(high01, high23, 0, 2));
  v128.store(out + ((3 * NR) << 2), v128.shuffle<i64>(high01, high23, 1, 3));
}

function packColumnsOneByOne(kc: i32, columns: i32, from: usize, rowB: i32, columnB: i32, out: usize): void {
  for (let k = 0; k < kc; k++) {
    for (let j = 0; j < NR; j++) {
      store<f32>(out, j < columns ? load<f32>(from + ((k * rowB + j * columnB) << 2)) : 0);
      out += 4;
    }
  }
}

/** A [mc, kc] into tiles of MR rows, each tile column by column; rows beyond the edge are left as they are. */
export function packTilesOfRows(mc: i32, kc: i32, A: usize, rowA: i32, columnA: i32, out: usize): void {
  for (let i = 0; i < mc; i += MR) {
    const rows = min(MR, mc - i);
    const from = A + ((i * rowA) << 2);
    if (rows == MR && rowA == 1) packSixAdjacentRows(kc, from, columnA, out);
    else packRowsOneByOne(kc, rows, from, rowA, columnA, out);
    out += (kc * MR) << 2;
  }
}

function packSixAdjacentRows(kc: i32, from: usize, columnA: i32, out: usize): void {
  for (let k = 0; k < kc; k++) {
    v128.store(out, v128.load(from));
    store<u64>(out, load<u64>(from, 16), 16);
    out += MR << 2;
    from += columnA << 2;
  }
}

function packRowsOneByOne(kc: i32, rows: i32, from: usize, rowA: i32, columnA: i32, out: usize): void {
  for (let k = 0; k < kc; k++) {
    for (let i = 0; i < rows; i++) store<f32>(out + (i << 2), load<f32>(from + ((i * rowA + k * columnA) << 2)));
    out += MR << 2;
  }
}
