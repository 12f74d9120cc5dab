/** A row that is added to all rows of a matrix. */

/** out [rows, width] = x + bias [width]; `out` may be `x`. */
export function addBias(x: usize, bias: usize, out: usize, rows: i32, width: i32): void {
  const whole = (width & ~3) << 2;
  const end = width << 2;
  for (let row = 0; row < rows; row++) {
    let at = 0;
    for (; at < whole; at += 16) v128.store(out + at, f32x4.add(v128.load(x + at), v128.load(bias + at)));
    for (; at < end; at += 4) store<f32>(out + at, load<f32>(x + at) + load<f32>(bias + at));
    x += end;
    out += end;
  }
}

/** sums = the sum of all rows of x [rows, width], in its first `columns`: threads share the work by columns. */
export function sumRows(x: usize, sums: usize, rows: i32, width: i32, columns: i32): void {
  const whole = (columns & ~3) << 2;
  const end = columns << 2;
  memory.fill(sums, 0, end);
  for (let row = 0; row < rows; row++) {
    let at = 0;
    for (; at < whole; at += 16) v128.store(sums + at, f32x4.add(v128.load(sums + at), v128.load(x + at)));
    for (; at < end; at += 4) store<f32>(sums + at, load<f32>(sums + at) + load<f32>(x + at));
    x += width << 2;
  }
}
