/**
 * Writes the offsets of the line ends (LF) among `length` bytes at `input` to `output`, four bytes each, and returns how many there
 * are. `input` may be read up to 63 bytes beyond its end.
 */
export function findLineEnds(input: usize, length: u32, output: usize): u32 {
  const lineEnd = i8x16.splat(0x0a);
  let out = output;
  // Most blocks of 64 bytes have none: one question for four vectors.
  for (let offset: u32 = 0; offset < length; offset += 64) {
    const at = input + offset;
    const first = i8x16.eq(v128.load(at), lineEnd);
    const second = i8x16.eq(v128.load(at, 16), lineEnd);
    const third = i8x16.eq(v128.load(at, 32), lineEnd);
    const fourth = i8x16.eq(v128.load(at, 48), lineEnd);
    if (!v128.any_true(v128.or(v128.or(first, second), v128.or(third, fourth)))) continue;
    const low = <u64>(<u32>i8x16.bitmask(first)) | (<u64>(<u32>i8x16.bitmask(second)) << 16);
    const high = <u64>(<u32>i8x16.bitmask(third)) | (<u64>(<u32>i8x16.bitmask(fourth)) << 16);
    let found = low | (high << 32);
    const left = length - offset;
    if (left < 64) found &= ((<u64>1) << (<u64>left)) - 1;
    while (found !== 0) {
      store<u32>(out, offset + <u32>ctz(found));
      out += 4;
      found &= found - 1;
    }
  }
  return <u32>((out - output) >> 2);
}
