/**
 * GPT-2's alphabet for bytes: one printable character for each. Bytes that print stand for themselves, the others for U+0100
 * and up, in order. `byteLetters[b]` is the letter of byte b.
 */
export const byteLetters: readonly string[] = makeLetters();

const encoder = new TextEncoder();

/** The UTF-8 bytes of `text` in byte letters. */
export function spellInByteLetters(text: string): string {
  let letters = "";
  for (const byte of encoder.encode(text)) letters += byteLetters[byte];
  return letters;
}

function makeLetters(): string[] {
  const printing = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printing(byte) ? byte : next++));
}
