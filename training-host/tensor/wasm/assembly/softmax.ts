/** Softmax over rows of causal attention scores; row i of a sequence sees the columns 0 to i. */
import { exp1, exp4 } from "./exp";
import { fma } from "./fma";
import { maxOfLanes, sumOfLanes } from "./lanes";

/**
 * Turns `seen` scores, times `scale`, into probabilities in place and sets the rest of the row, up to `columns`, to 0. The
 * row's largest score (not scaled) and the inverse of its sum of exponentials are stored at `maximum` and `inverseSum` for `recomputeProbabilities`.
 */
export function softmaxRow(
  scores: usize, seen: i32, columns: i32, scale: f32, maximum: usize, inverseSum: usize,
): void {
  const m = maximumOf(scores, seen);
  const sum = exponentials(scores, seen, m, scale);
  const inverse: f32 = 1 / sum;
  store<f32>(maximum, m);
  store<f32>(inverseSum, inverse);
  scaleRow(scores, seen, inverse);
  memory.fill(scores + (seen << 2), 0, (columns - seen) << 2);
}

/** The same probabilities again, from the scores and what `softmaxRow` stored. */
export function recomputeProbabilities(
  scores: usize, seen: i32, columns: i32, scale: f32, m: f32, inverse: f32,
): void {
  exponentials(scores, seen, m, scale);
  scaleRow(scores, seen, inverse);
  memory.fill(scores + (seen << 2), 0, (columns - seen) << 2);
}

/** Gradient of the scores, in place of that of the probabilities: dS = scale * P * (dP - sum(P * dP)). */
export function softmaxBackwardRow(probabilities: usize, gradient: usize, columns: i32, scale: f32): void {
  const whole = (columns & ~3) << 2;
  const end = columns << 2;
  let sums = f32x4.splat(0);
  let at = 0;
  for (; at < whole; at += 16)
    sums = fma(v128.load(probabilities + at), v128.load(gradient + at), sums);
  let sum = sumOfLanes(sums);
  for (; at < end; at += 4) sum += load<f32>(probabilities + at) * load<f32>(gradient + at);

  const total = f32x4.splat(sum);
  const scales = f32x4.splat(scale);
  at = 0;
  for (; at < whole; at += 16) {
    const difference = f32x4.sub(v128.load(gradient + at), total);
    v128.store(gradient + at, f32x4.mul(f32x4.mul(difference, v128.load(probabilities + at)), scales));
  }
  for (; at < end; at += 4)
    store<f32>(gradient + at, (load<f32>(gradient + at) - sum) * load<f32>(probabilities + at) * scale);
}

/** Largest of `count` floats; `count` is at least 1. */
// @ts-ignore: decorator
@inline
export function maximumOf(values: usize, count: i32): f32 {
  const whole = (count & ~3) << 2;
  const end = count << 2;
  let lanes = f32x4.splat(-Infinity);
  let at = 0;
  for (; at < whole; at += 16) lanes = f32x4.pmax(lanes, v128.load(values + at));
  let largest = maxOfLanes(lanes);
  for (; at < end; at += 4) largest = max(largest, load<f32>(values + at));
  return largest;
}

/** values = e^(scale * (values - m)) in place; returns their sum. */
// @ts-ignore: decorator
@inline
export function exponentials(values: usize, count: i32, m: f32, scale: f32): f32 {
  const whole = (count & ~3) << 2;
  const end = count << 2;
  const shift = f32x4.splat(m);
  const scales = f32x4.splat(scale);
  let sums = f32x4.splat(0);
  let at = 0;
  for (; at < whole; at += 16) {
    const e = exp4(f32x4.mul(f32x4.sub(v128.load(values + at), shift), scales));
    v128.store(values + at, e);
    sums = f32x4.add(sums, e);
  }
  let sum = sumOfLanes(sums);
  for (; at < end; at += 4) {
    const e = exp1((load<f32>(values + at) - m) * scale);
    store<f32>(values + at, e);
    sum += e;
  }
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
