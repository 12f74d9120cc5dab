/** Looks for numbers that no weight may be. */

/** Index of the first infinity or NaN among `count` float32; -1: there is none. */
export function firstNotFinite(values: usize, count: i32): i32 {
  const exponent = i32x4.splat(0x7f800000);
  const whole = count & ~15;
  let i = 0;
  for (; i < whole; i += 16) {
    const found = v128.or(
      v128.or(isNotFinite(values, exponent), isNotFinite(values + 16, exponent)),
      v128.or(isNotFinite(values + 32, exponent), isNotFinite(values + 48, exponent)),
    );
    if (v128.any_true(found)) break;
    values += 64;
  }
  for (; i < count; i++) {
    if ((load<u32>(values) & 0x7f800000) === 0x7f800000) return i;
    values += 4;
  }
  return -1;
}

/** The same among 16-bit floats whose exponent is the bits `exponent`: 0x7f80 for bfloat16, 0x7c00 for float16. */
export function firstNotFiniteHalf(halves: usize, count: i32, exponent: i32): i32 {
  const mask = i16x8.splat(i16(exponent));
  const whole = count & ~15;
  let i = 0;
  for (; i < whole; i += 16) {
    const first = v128.and(v128.load(halves), mask);
    const second = v128.and(v128.load(halves, 16), mask);
    if (v128.any_true(v128.or(i16x8.eq(first, mask), i16x8.eq(second, mask)))) break;
    halves += 32;
  }
  for (; i < count; i++) {
    if ((i32(load<u16>(halves)) & exponent) === exponent) return i;
    halves += 2;
  }
  return -1;
}

// @ts-ignore: decorator
@inline
function isNotFinite(values: usize, exponent: v128): v128 {
  return i32x4.eq(v128.and(v128.load(values), exponent), exponent);
}
