/** Softmax cross-entropy of rows of logits against one label each. */
import { exp1, expNotPositive4 } from "./exp";
import { maxOfLanes, sumOfLanes } from "./lanes";
import { scaleRow } from "./softmax";

/**
 * logits [rows, vocab] (overwritten), labels [rows] int32. For each row, `maxima` gets its largest logit, `sums` the sum
 * of e^(logit - maximum) and `chosen` the label's logit: the loss is maximum + log(sum) - chosen.
 */
export function crossEntropyForward(
  logits: usize, labels: usize, maxima: usize, sums: usize, chosen: usize,
  rows: i32, vocab: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const at = row << 2;
    const m = maximumOf(logits, vocab);
    store<f32>(maxima + at, m);
    store<f32>(chosen + at, load<f32>(logits + (load<i32>(labels + at) << 2)));
    store<f32>(sums + at, exponentials(logits, vocab, m));
    logits += vocab << 2;
  }
}

/** After `crossEntropyForward` on the same memory: logits become the gradient scale * (softmax - onehot(label)). */
export function crossEntropyBackward(
  logits: usize, labels: usize, sums: usize, rows: i32, vocab: i32, scale: f32,
): void {
  for (let row = 0; row < rows; row++) {
    const at = row << 2;
    scaleRow(logits, vocab, scale / load<f32>(sums + at));
    const label = logits + (load<i32>(labels + at) << 2);
    store<f32>(label, load<f32>(label) - scale);
    logits += vocab << 2;
  }
}

/** Largest of `count` floats; `count` is at least 1. */
// @ts-ignore: decorator
@inline
function maximumOf(values: usize, count: i32): f32 {
  const whole = (count & ~3) << 2;
  const end = count << 2;
  let lanes = f32x4.splat(-Infinity);
  let at = 0;
  for (; at < whole; at += 16) lanes = f32x4.pmax(lanes, v128.load(values + at));
  let largest = maxOfLanes(lanes);
  for (; at < end; at += 4) largest = max(largest, load<f32>(values + at));
  return largest;
}

/** values = e^(values - m) in place, m being the largest; returns their sum. */
// @ts-ignore: decorator
@inline
function exponentials(values: usize, count: i32, m: f32): f32 {
  const whole = (count & ~3) << 2;
  const end = count << 2;
  const shift = f32x4.splat(m);
  let sums = f32x4.splat(0);
  let at = 0;
  for (; at < whole; at += 16) {
    const e = expNotPositive4(f32x4.sub(v128.load(values + at), shift));
    v128.store(values + at, e);
    sums = f32x4.add(sums, e);
  }
  let sum = sumOfLanes(sums);
  for (; at < end; at += 4) {
    const e = exp1(load<f32>(values + at) - m);
    store<f32>(values + at, e);
    sum += e;
  }
  return sum;
}
