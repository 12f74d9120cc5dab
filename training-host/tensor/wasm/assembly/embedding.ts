/** Rows of a table: copying them out, and adding gradients back to them. */

/** out [rows, width] = table rows at `ids` [rows] int32. */
export function gatherRows(table: usize, ids: usize, out: usize, rows: i32, width: i32): void {
  const bytes = width << 2;
  for (let row = 0; row < rows; row++) {
    memory.copy(out, table + load<i32>(ids + (row << 2)) * bytes, bytes);
    out += bytes;
  }
}

/**
 * table row ids[row] += values row, for every row in turn, in the first `columns` of `width`. Ids may repeat: threads share
 * the work by columns.
 */
export function scatterAddRows(
  values: usize, ids: usize, table: usize, rows: i32, width: i32, columns: i32,
): void {
  const whole = (columns & ~3) << 2;
  const end = columns << 2;
  const bytes = width << 2;
  for (let row = 0; row < rows; row++) {
    const to = table + load<i32>(ids + (row << 2)) * bytes;
    let at = 0;
    for (; at < whole; at += 16) v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(values + at)));
    for (; at < end; at += 4) store<f32>(to + at, load<f32>(to + at) + load<f32>(values + at));
    values += bytes;
  }
}
