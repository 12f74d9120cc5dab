/** Sums and multiples of arrays, and sums of their squares. */
import { fma } from "./fma";
import { sumOfLanes } from "./lanes";

/** out = a + b; `out` may be `a`. */
export function add(a: usize, b: usize, out: usize, count: i32): void {
  const whole = (count & ~3) << 2;
  const end = count << 2;
  let at = 0;
  for (; at < whole; at += 16) v128.store(out + at, f32x4.add(v128.load(a + at), v128.load(b + at)));
  for (; at < end; at += 4) store<f32>(out + at, load<f32>(a + at) + load<f32>(b + at));
}

/** out = factor * x; `out` may be `x`. */
export function scale(x: usize, out: usize, count: i32, factor: f32): void {
  const whole = (count & ~3) << 2;
  const end = count << 2;
  const factors = f32x4.splat(factor);
  let at = 0;
  for (; at < whole; at += 16) v128.store(out + at, f32x4.mul(v128.load(x + at), factors));
  for (; at < end; at += 4) store<f32>(out + at, load<f32>(x + at) * factor);
}

export function fillZero(address: usize, count: i32): void {
  memory.fill(address, 0, count << 2);
}

/** Floats whose squares are summed in float32; the sums of such runs are added up in float64, so that the error does not grow. */
const RUN: i32 = 4096;

export function squaresRunLength(): i32 {
  return RUN;
}

/** The sum of squares of every run of `values` [count], as float64, to `sums`: the caller adds them up in their order. */
export function sumsOfSquares(values: usize, count: i32, sums: usize): void {
  for (let start = 0; start < count; start += RUN) {
    store<f64>(sums, squaresOfRun(values, min(RUN, count - start)));
    values += RUN << 2;
    sums += 8;
  }
}

// @ts-ignore: decorator
@inline
function squaresOfRun(values: usize, count: i32): f64 {
  const whole = (count & ~15) << 2;
  const end = count << 2;
  // Four sums, because each waits for its last addition.
  let sums0 = f32x4.splat(0);
  let sums1 = f32x4.splat(0);
  let sums2 = f32x4.splat(0);
  let sums3 = f32x4.splat(0);
  let at = 0;
  for (; at < whole; at += 64) {
    const x0 = v128.load(values + at);
    const x1 = v128.load(values + at, 16);
    const x2 = v128.load(values + at, 32);
    const x3 = v128.load(values + at, 48);
    sums0 = fma(x0, x0, sums0);
    sums1 = fma(x1, x1, sums1);
    sums2 = fma(x2, x2, sums2);
    sums3 = fma(x3, x3, sums3);
  }
  let sum = sumOfLanes(f32x4.add(f32x4.add(sums0, sums1), f32x4.add(sums2, sums3)));
  for (; at < end; at += 4) sum += load<f32>(values + at) * load<f32>(values + at);
  return sum;
}
