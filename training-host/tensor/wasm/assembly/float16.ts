/**
 * out [count] float32 = `halves` [count] finite float16: exact. `halves` may be the second half of `out`. Shifted into place,
 * the bits of a float16 are a float32 too small by 2^112, the difference of the exponents' biases; also below 2^-14.
 */
export function widenFloat16(halves: usize, out: usize, count: i32): void {
  const whole = count & ~7;
  for (let i = 0; i < whole; i += 8) {
    const eight = v128.load(halves);
    const low = widenFour(i32x4.extend_low_i16x8_u(eight));
    const high = widenFour(i32x4.extend_high_i16x8_u(eight));
    v128.store(out, low);
    v128.store(out, high, 16);
    halves += 16;
    out += 32;
  }
  for (let i = whole; i < count; i++) {
    v128.store32_lane(out, widenFour(i32x4.splat(load<u16>(halves))), 0);
    halves += 2;
    out += 4;
  }
}

/** As a float32's bits. */
const TWO_TO_THE_112: i32 = 0x77800000;

// @ts-ignore: decorator
@inline
function widenFour(halves: v128): v128 {
  const magnitude = i32x4.shl(v128.and(halves, i32x4.splat(0x7fff)), 13);
  const sign = i32x4.shl(v128.and(halves, i32x4.splat(0x8000)), 16);
  return v128.or(sign, f32x4.mul(magnitude, i32x4.splat(TWO_TO_THE_112)));
}
