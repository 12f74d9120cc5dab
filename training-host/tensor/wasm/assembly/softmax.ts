/**
 * Softmax over rows of causal attention scores; row i of a sequence sees the columns 0 to i. Rows start at multiples of four
 * floats, so that their last vector may reach beyond the columns that there are.
 */
import { expNotPositive4 } from "./exp";
import { fma } from "./fma";
import { maxOfLanes, sumOfLanes } from "./lanes";

/**
 * Turns `seen` scores into e^(scale * (score - maximum)) in place and sets the rest of the row, up to `columns`, to 0. The
 * row's largest score is stored at `maximum` and the inverse of the sum at `inverseSum`: with it they are probabilities.
 */
export function exponentialsOfRow(
  scores: usize, seen: i32, columns: i32, scale: f32, maximum: usize, inverseSum: usize,
): void {
  const whole = (seen & ~3) << 2;
  const rest = lanesBefore(seen & 3);
  let largest = f32x4.splat(-Infinity);
  let at = 0;
  for (; at < whole; at += 16) largest = f32x4.pmax(largest, v128.load(scores + at));
  if (seen & 3) largest = f32x4.pmax(largest, v128.bitselect(v128.load(scores + at), largest, rest));
  const m = maxOfLanes(largest);

  const shift = f32x4.splat(m);
  const scales = f32x4.splat(scale);
  let sums = f32x4.splat(0);
  for (at = 0; at < whole; at += 16) {
    const e = expNotPositive4(f32x4.mul(f32x4.sub(v128.load(scores + at), shift), scales));
    v128.store(scores + at, e);
    sums = f32x4.add(sums, e);
  }
  if (seen & 3) {
    const e = v128.and(expNotPositive4(f32x4.mul(f32x4.sub(v128.load(scores + at), shift), scales)), rest);
    v128.store(scores + at, e);
    sums = f32x4.add(sums, e);
  }
  store<f32>(maximum, m);
  store<f32>(inverseSum, 1 / sumOfLanes(sums));
  clearFrom(scores, seen, columns);
}

/**
 * Turns `seen` scores S into probabilities P = e^(scale * (S - m)) * inverse, and their gradients dP into those of the scores:
 * dS = scale * P * (dP - sum(P * dP)). `sum` is the last term. The rest of both rows, up to `columns`, becomes 0.
 */
export function softmaxBackwardRow(
  scores: usize, gradient: usize, seen: i32, columns: i32, scale: f32, m: f32, inverse: f32, sum: f32,
): void {
  const whole = (seen & ~3) << 2;
  const rest = lanesBefore(seen & 3);
  const shift = f32x4.splat(m);
  const scales = f32x4.splat(scale);
  const inverses = f32x4.splat(inverse);
  const total = f32x4.splat(sum);
  let at = 0;
  for (; at < whole; at += 16) {
    const e = expNotPositive4(f32x4.mul(f32x4.sub(v128.load(scores + at), shift), scales));
    const p = f32x4.mul(e, inverses);
    const difference = f32x4.sub(v128.load(gradient + at), total);
    v128.store(scores + at, p);
    v128.store(gradient + at, f32x4.mul(difference, f32x4.mul(p, scales)));
  }
  if (seen & 3) {
    const e = expNotPositive4(f32x4.mul(f32x4.sub(v128.load(scores + at), shift), scales));
    const p = f32x4.mul(e, inverses);
    const difference = f32x4.sub(v128.load(gradient + at), total);
    v128.store(scores + at, v128.and(p, rest));
    v128.store(gradient + at, v128.and(f32x4.mul(difference, f32x4.mul(p, scales)), rest));
  }
  clearFrom(scores, seen, columns);
  clearFrom(gradient, seen, columns);
}

/** Sum of a * b over `count` floats. */
// @ts-ignore: decorator
@inline
export function dotProduct(a: usize, b: usize, count: i32): f32 {
  const whole = (count & ~3) << 2;
  const end = count << 2;
  let sums = f32x4.splat(0);
  let at = 0;
  for (; at < whole; at += 16) sums = fma(v128.load(a + at), v128.load(b + at), sums);
  let sum = sumOfLanes(sums);
  for (; at < end; at += 4) sum += load<f32>(a + at) * load<f32>(b + at);
  return sum;
}

// @ts-ignore: decorator
@inline
export function scaleRow(values: usize, count: i32, scale: f32): void {
  const whole = (count & ~3) << 2;
  const end = count << 2;
  const scales = f32x4.splat(scale);
  let at = 0;
  for (; at < whole; at += 16) v128.store(values + at, f32x4.mul(v128.load(values + at), scales));
  for (; at < end; at += 4) store<f32>(values + at, load<f32>(values + at) * scale);
}

/** All bits of the first `count` lanes. */
// @ts-ignore: decorator
@inline
function lanesBefore(count: i32): v128 {
  return i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3));
}

/** 0 from the first whole vector that is not `seen` to the last column. */
// @ts-ignore: decorator
@inline
function clearFrom(row: usize, seen: i32, columns: i32): void {
  const end = row + (columns << 2);
  for (let at = row + (((seen + 3) & ~3) << 2); at < end; at += 16) v128.store(at, f32x4.splat(0));
}
