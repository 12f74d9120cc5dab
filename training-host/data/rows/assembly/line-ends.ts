let blankStarts: u32 = 0;

/** How many of the line ends found last have a blank, a control character or another line end behind them. */
export function linesWithBlankStart(): u32 {
  return blankStarts;
}

/**
 * Writes the offsets of the line ends (LF) among `length` bytes at `input` to `output`, four bytes each, and returns how many there
 * are. `input` may be read up to 64 bytes beyond its end.
 */
export function findLineEnds(input: usize, length: u32, output: usize): u32 {
  const lineEnd = i8x16.splat(0x0a);
  let out = output;
  blankStarts = 0;
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
      const end = offset + <u32>ctz(found);
      store<u32>(out, end);
      blankStarts += <u32>(load<u8>(input + end, 1) <= 0x20);
      out += 4;
      found &= found - 1;
    }
  }
  return <u32>((out - output) >> 2);
}
