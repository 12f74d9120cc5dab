/**
 * Writes the offsets of the line ends (LF) among `length` bytes at `input` to `output`, four bytes each, and returns how many there
 * are. `input` may be read up to 15 bytes beyond its end.
 */
export function findLineEnds(input: usize, length: u32, output: usize): u32 {
  const lineEnd = i8x16.splat(0x0a);
  let out = output;
  for (let offset: u32 = 0; offset < length; offset += 16) {
    let found = i8x16.bitmask(i8x16.eq(v128.load(input + offset), lineEnd));
    const left = length - offset;
    if (left < 16) found &= (1 << left) - 1;
    while (found !== 0) {
      store<u32>(out, offset + ctz(found));
      out += 4;
      found &= found - 1;
    }
  }
  return <u32>((out - output) >> 2);
}
