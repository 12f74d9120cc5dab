/**
 * A few rows times the transpose of a weight, as in writing text token by token: bound by reading the weight, which is read once,
 * where it lies and as it is stored. `gemm` would copy it into panels first.
 */
import { fma } from "./fma";
import { sumOfLanes } from "./lanes";

/**
 * y [N, out] = x [N, input] * W^T for the columns `from` to `to - 1` of y. W [out, input] is float32, or bfloat16 if `halves`.
 * A row's numbers do not depend on how many rows there are.
 */
export function fewRowsTimesTransposed(
  x: usize, W: usize, y: usize, N: i32, input: i32, out: i32, from: i32, to: i32, halves: bool,
): void {
  if (halves) timesTransposed<u16>(x, W, y, N, input, out, from, to);
  else timesTransposed<f32>(x, W, y, N, input, out, from, to);
}

// @ts-ignore: decorator
@inline
function timesTransposed<T>(
  x: usize, W: usize, y: usize, N: i32, input: i32, out: i32, from: i32, to: i32,
): void {
  const rowW = input * sizeof<T>();
  let w = W + <usize>from * rowW;
  let column = from;
  for (; column + 4 <= to; column += 4) {
    let row = 0;
    for (; row + 4 <= N; row += 4) {
      const at = y + ((row * out + column) << 2);
      fourByTwo<T>(x + ((row * input) << 2), w, rowW, at, input, out);
      fourByTwo<T>(x + ((row * input) << 2), w + 2 * rowW, rowW, at + 8, input, out);
    }
    for (; row < N; row++) oneByFour<T>(x + ((row * input) << 2), w, rowW, y + ((row * out + column) << 2), input);
    w += 4 * rowW;
  }
  for (; column < to; column++) {
    for (let row = 0; row < N; row++) {
      store<f32>(y + ((row * out + column) << 2), product<T>(x + ((row * input) << 2), w, input));
    }
    w += rowW;
  }
}

/** Four numbers of the weight as float32. */
// @ts-ignore: decorator
@inline
function four<T>(address: usize): v128 {
  // bfloat16 is the upper half of a float32.
  if (sizeof<T>() == 2) return i32x4.shl(v128.load16x4_u(address), 16);
  return v128.load(address);
}

// @ts-ignore: decorator
@inline
function one<T>(address: usize): f32 {
  if (sizeof<T>() == 2) return reinterpret<f32>(u32(load<u16>(address)) << 16);
  return load<f32>(address);
}

/** Of the last `input % 4` numbers. */
// @ts-ignore: decorator
@inline
function restOfProduct<T>(x: usize, w: usize, input: i32): f32 {
  let sum: f32 = 0;
  for (let i = input & ~3; i < input; i++) sum += load<f32>(x + (i << 2)) * one<T>(w + i * sizeof<T>());
  return sum;
}

function product<T>(x: usize, w: usize, input: i32): f32 {
  let sums = f32x4.splat(0);
  const whole = input & ~3;
  for (let i = 0; i < whole; i += 4) sums = fma(v128.load(x + (i << 2)), four<T>(w + i * sizeof<T>()), sums);
  return sumOfLanes(sums) + restOfProduct<T>(x, w, input);
}

/** One row of x, four of the weight: enough sums that none waits for the one before. */
function oneByFour<T>(x: usize, w: usize, rowW: i32, y: usize, input: i32): void {
  let sum0 = f32x4.splat(0), sum1 = f32x4.splat(0), sum2 = f32x4.splat(0), sum3 = f32x4.splat(0);
  const w1 = w + rowW;
  const w2 = w1 + rowW;
  const w3 = w2 + rowW;
  const whole = input & ~3;
  for (let i = 0; i < whole; i += 4) {
    const at = i * sizeof<T>();
    const value = v128.load(x + (i << 2));
    sum0 = fma(value, four<T>(w + at), sum0);
    sum1 = fma(value, four<T>(w1 + at), sum1);
    sum2 = fma(value, four<T>(w2 + at), sum2);
    sum3 = fma(value, four<T>(w3 + at), sum3);
  }
  store<f32>(y, sumOfLanes(sum0) + restOfProduct<T>(x, w, input));
  store<f32>(y, sumOfLanes(sum1) + restOfProduct<T>(x, w1, input), 4);
  store<f32>(y, sumOfLanes(sum2) + restOfProduct<T>(x, w2, input), 8);
  store<f32>(y, sumOfLanes(sum3) + restOfProduct<T>(x, w3, input), 12);
}

function fourByTwo<T>(x: usize, w: usize, rowW: i32, y: usize, input: i32, out: i32): void {
  let sum00 = f32x4.splat(0), sum01 = f32x4.splat(0);
  let sum10 = f32x4.splat(0), sum11 = f32x4.splat(0);
  let sum20 = f32x4.splat(0), sum21 = f32x4.splat(0);
  let sum30 = f32x4.splat(0), sum31 = f32x4.splat(0);
  const w1 = w + rowW;
  const rowX = input << 2;
  const x1 = x + rowX;
  const x2 = x1 + rowX;
  const x3 = x2 + rowX;
  const whole = input & ~3;
  for (let i = 0; i < whole; i += 4) {
    const left = four<T>(w + i * sizeof<T>());
    const right = four<T>(w1 + i * sizeof<T>());
    const at = i << 2;
    let value = v128.load(x + at);
    sum00 = fma(value, left, sum00);
    sum01 = fma(value, right, sum01);
    value = v128.load(x1 + at);
    sum10 = fma(value, left, sum10);
    sum11 = fma(value, right, sum11);
    value = v128.load(x2 + at);
    sum20 = fma(value, left, sum20);
    sum21 = fma(value, right, sum21);
    value = v128.load(x3 + at);
    sum30 = fma(value, left, sum30);
    sum31 = fma(value, right, sum31);
  }
  const rowY = out << 2;
  store<f32>(y, sumOfLanes(sum00) + restOfProduct<T>(x, w, input));
  store<f32>(y, sumOfLanes(sum01) + restOfProduct<T>(x, w1, input), 4);
  store<f32>(y + rowY, sumOfLanes(sum10) + restOfProduct<T>(x1, w, input));
  store<f32>(y + rowY, sumOfLanes(sum11) + restOfProduct<T>(x1, w1, input), 4);
  store<f32>(y + 2 * rowY, sumOfLanes(sum20) + restOfProduct<T>(x2, w, input));
  store<f32>(y + 2 * rowY, sumOfLanes(sum21) + restOfProduct<T>(x2, w1, input), 4);
  store<f32>(y + 3 * rowY, sumOfLanes(sum30) + restOfProduct<T>(x3, w, input));
  store<f32>(y + 3 * rowY, sumOfLanes(sum31) + restOfProduct<T>(x3, w1, input), 4);
}
