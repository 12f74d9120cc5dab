/** RMSNorm (Zhang & Sennrich 2019): y = x / sqrt(mean(x^2) + epsilon) * (offset + weight), row by row. */
import { fma } from "./fma";
import { sumOfLanes } from "./lanes";

/** x, y [rows, width], weight [width]; `inverseRms` [rows] is kept for the backward pass. */
export function rmsNormForward(
  x: usize, weight: usize, y: usize, inverseRms: usize,
  rows: i32, width: i32, epsilon: f32, offset: f32,
): void {
  const whole = (width & ~3) << 2;
  const end = width << 2;
  const offsets = f32x4.splat(offset);
  for (let row = 0; row < rows; row++) {
    const inverse: f32 = 1 / Mathf.sqrt(sumOfProducts(x, x, width) / <f32>width + epsilon);
    store<f32>(inverseRms + (row << 2), inverse);
    const scale = f32x4.splat(inverse);
    let at = 0;
    for (; at < whole; at += 16) {
      const factor = f32x4.add(v128.load(weight + at), offsets);
      v128.store(y + at, f32x4.mul(f32x4.mul(v128.load(x + at), scale), factor));
    }
    for (; at < end; at += 4)
      store<f32>(y + at, load<f32>(x + at) * inverse * (load<f32>(weight + at) + offset));
    x += end;
    y += end;
  }
}

/** With r = inverseRms and g = dy * (offset + weight): dx = r g - x r^3 mean(g x), row by row. */
export function rmsNormBackwardInput(
  dy: usize, x: usize, weight: usize, inverseRms: usize, dx: usize,
  rows: i32, width: i32, offset: f32,
): void {
  const whole = (width & ~3) << 2;
  const end = width << 2;
  const offsets = f32x4.splat(offset);
  for (let row = 0; row < rows; row++) {
    const r = load<f32>(inverseRms + (row << 2));
    const toX = -(sumOfTripleProducts(dy, x, weight, offset, width) / <f32>width) * r * r * r;
    const scale = f32x4.splat(r);
    const scaleX = f32x4.splat(toX);
    let at = 0;
    for (; at < whole; at += 16) {
      const g = f32x4.mul(v128.load(dy + at), f32x4.add(v128.load(weight + at), offsets));
      v128.store(dx + at, fma(v128.load(x + at), scaleX, f32x4.mul(g, scale)));
    }
    for (; at < end; at += 4) {
      const g = load<f32>(dy + at) * (load<f32>(weight + at) + offset);
      store<f32>(dx + at, g * r + load<f32>(x + at) * toX);
    }
    dy += end;
    x += end;
    dx += end;
  }
}

/** dWeight = sum over rows of dy x inverseRms, in the first `columns` of `width`: threads share the work by columns. */
export function rmsNormBackwardWeight(
  dy: usize, x: usize, inverseRms: usize, dWeight: usize,
  rows: i32, width: i32, columns: i32,
): void {
  const whole = (columns & ~3) << 2;
  const end = columns << 2;
  memory.fill(dWeight, 0, end);
  for (let row = 0; row < rows; row++) {
    const r = load<f32>(inverseRms + (row << 2));
    const scale = f32x4.splat(r);
    let at = 0;
    for (; at < whole; at += 16) {
      const product = f32x4.mul(v128.load(dy + at), v128.load(x + at));
      v128.store(dWeight + at, fma(product, scale, v128.load(dWeight + at)));
    }
    for (; at < end; at += 4)
      store<f32>(dWeight + at, load<f32>(dWeight + at) + load<f32>(dy + at) * load<f32>(x + at) * r);
    dy += width << 2;
    x += width << 2;
  }
}

/** Sum of dy x (offset + weight). */
// @ts-ignore: decorator
@inline
function sumOfTripleProducts(dy: usize, x: usize, weight: usize, offset: f32, width: i32): f32 {
  const whole = (width & ~3) << 2;
  const end = width << 2;
  const offsets = f32x4.splat(offset);
  let sums = f32x4.splat(0);
  let at = 0;
  for (; at < whole; at += 16) {
    const factor = f32x4.add(v128.load(weight + at), offsets);
    sums = fma(f32x4.mul(v128.load(dy + at), v128.load(x + at)), factor, sums);
  }
  let sum = sumOfLanes(sums);
  for (; at < end; at += 4)
    sum += load<f32>(dy + at) * load<f32>(x + at) * (load<f32>(weight + at) + offset);
  return sum;
}

// @ts-ignore: decorator
@inline
function sumOfProducts(a: usize, b: usize, count: i32): f32 {
  const whole = (count & ~3) << 2;
  const end = count << 2;
  let sums = f32x4.splat(0);
  let at = 0;
  for (; at < whole; at += 16) sums = fma(v128.load(a + at), v128.load(b + at), sums);
  let sum = sumOfLanes(sums);
  for (; at < end; at += 4) sum += load<f32>(a + at) * load<f32>(b + at);
  return sum;
}
