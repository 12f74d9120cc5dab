/** Rotary position embeddings (Su et al. 2021), half-split layout: lanes i and i + half of a head turn together. */
import { fma } from "./fma";

/**
 * x, y [rows, heads * 2 * half]; cosines and sines [positions, half]; positions [rows] int32.
 * `sign` 1 turns forward, -1 back: the gradient of a rotation is the opposite rotation.
 */
export function rope(
  x: usize, y: usize, cosines: usize, sines: usize, positions: usize,
  rows: i32, heads: i32, half: i32, sign: f32,
): void {
  const halfBytes = half << 2;
  for (let row = 0; row < rows; row++) {
    const angle = (load<i32>(positions + (row << 2)) * half) << 2;
    for (let head = 0; head < heads; head++) {
      rotate(x, y, cosines + angle, sines + angle, halfBytes, sign);
      x += 2 * halfBytes;
      y += 2 * halfBytes;
    }
  }
}

// @ts-ignore: decorator
@inline
function rotate(x: usize, y: usize, cosines: usize, sines: usize, halfBytes: i32, sign: f32): void {
  const signs = f32x4.splat(sign);
  const whole = halfBytes & ~15;
  let at = 0;
  for (; at < whole; at += 16) {
    const first = v128.load(x + at);
    const second = v128.load(x + at + halfBytes);
    const cosine = v128.load(cosines + at);
    const sine = f32x4.mul(v128.load(sines + at), signs);
    v128.store(y + at, fma(f32x4.neg(second), sine, f32x4.mul(first, cosine)));
    v128.store(y + at + halfBytes, fma(first, sine, f32x4.mul(second, cosine)));
  }
  for (; at < halfBytes; at += 4) {
    const first = load<f32>(x + at);
    const second = load<f32>(x + at + halfBytes);
    const cosine = load<f32>(cosines + at);
    const sine = load<f32>(sines + at) * sign;
    store<f32>(y + at, first * cosine - second * sine);
    store<f32>(y + at + halfBytes, second * cosine + first * sine);
  }
}
