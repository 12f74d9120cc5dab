/** Dropout by a random word per entry, hashed from the entry's index and a key; see `dropout-mask.ts`, which does the same. */

/**
 * out [count] = x where an entry is kept, times `scale`, and 0 where its word is below `threshold`; added to `out` if
 * `accumulate`. `x` and `out` may be the same. `first` is the index of the first entry: threads share an array.
 */
export function dropout(
  x: usize, out: usize, count: i32, first: i32,
  key: u32, threshold: u32, scale: f32,
  accumulate: bool,
): void {
  const keys = i32x4.splat(key);
  const thresholds = i32x4.splat(threshold);
  const scales = f32x4.splat(scale);
  const whole = count & ~3;
  let index = i32x4.add(i32x4.add(i32x4(0, 1, 2, 3), i32x4.splat(first)), keys);
  for (let at = 0; at < whole << 2; at += 16) {
    const kept = i32x4.ge_u(mixFour(v128.xor(mixFour(index), keys)), thresholds);
    const value = v128.and(f32x4.mul(v128.load(x + at), scales), kept);
    v128.store(out + at, accumulate ? f32x4.add(v128.load(out + at), value) : value);
    index = i32x4.add(index, i32x4.splat(4));
  }
  for (let i = whole; i < count; i++) {
    const at: usize = i << 2;
    const kept = mix(mix(u32(first + i) + key) ^ key) >= threshold;
    const value: f32 = kept ? load<f32>(x + at) * scale : 0;
    store<f32>(out + at, accumulate ? load<f32>(out + at) + value : value);
  }
}

// @ts-ignore: decorator
@inline
function mixFour(words: v128): v128 {
  let mixed = i32x4.mul(v128.xor(words, i32x4.shr_u(words, 16)), i32x4.splat(0x7feb352d));
  mixed = i32x4.mul(v128.xor(mixed, i32x4.shr_u(mixed, 15)), i32x4.splat(0x846ca68b));
  return v128.xor(mixed, i32x4.shr_u(mixed, 16));
}

// @ts-ignore: decorator
@inline
function mix(word: u32): u32 {
  let mixed = (word ^ (word >> 16)) * 0x7feb352d;
  mixed = (mixed ^ (mixed >> 15)) * 0x846ca68b;
  return mixed ^ (mixed >> 16);
}
