/**
 * out [count] float32 = `halves` [count] bfloat16, which is the upper half of a float32: exact. `halves` may be the second half
 * of `out`.
 */
export function widenBfloat16(halves: usize, out: usize, count: i32): void {
  const whole = count & ~7;
  for (let i = 0; i < whole; i += 8) {
    const eight = v128.load(halves);
    v128.store(out, i32x4.shl(i32x4.extend_low_i16x8_u(eight), 16));
    v128.store(out, i32x4.shl(i32x4.extend_high_i16x8_u(eight), 16), 16);
    halves += 16;
    out += 32;
  }
  for (let i = whole; i < count; i++) {
    store<u32>(out, u32(load<u16>(halves)) << 16);
    halves += 2;
    out += 4;
  }
}
