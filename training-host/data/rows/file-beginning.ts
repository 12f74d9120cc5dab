import { UserError } from "../../../contracts/user-error";

const signatures: readonly { bytes: readonly number[]; what: string; suffix: string | null }[] = [
  { bytes: [0x1f, 0x8b], what: "gzip data", suffix: ".gz" },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], what: "Zstandard data", suffix: ".zst" },
  { bytes: [0x50, 0x41, 0x52, 0x31], what: "a Parquet table", suffix: ".parquet" },
  { bytes: [0x50, 0x4b, 0x03, 0x04], what: "a ZIP archive", suffix: null },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], what: "xz data", suffix: null },
  { bytes: [0x42, 0x5a, 0x68], what: "bzip2 data", suffix: null },
];

/**
 * Recognises by its first bytes what is no UTF-8 text at all, and says so once for the file instead of once per row.
 * Throws UserError "bad-encoding" (UTF-16), "file-unreadable".
 */
export function checkTextBeginning(start: Uint8Array, shown: string): void {
  const found = signatures.find(({ bytes }) => bytes.every((byte, index) => start[index] === byte));
  if (found !== undefined) {
    throw new UserError(
      "file-unreadable",
      `${shown} is no text file: it holds ${found.what}.`,
      found.suffix === null ? "Unpack it first." : `Give it a name that ends in ${found.suffix}.`,
    );
  }
  if (!looksLikeUtf16(start)) return;
  throw new UserError(
    "bad-encoding",
    `${shown}: the text is not UTF-8, it looks like UTF-16.`,
    "Save the file as UTF-8.",
  );
}

/** By its byte order mark, or by the zeros beside its first (ASCII) characters. */
function looksLikeUtf16(start: Uint8Array): boolean {
  const [first, second, third, fourth] = start;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return true;
  return (first === 0 && third === 0 && second !== 0) || (second === 0 && fourth === 0 && first !== 0);
}

/**
 * The pieces of a text without its byte order mark. Throws UserError as `checkTextBeginning` does.
 */
export async function* textPieces(
  pieces: AsyncIterable<Uint8Array>,
  shown: string,
): AsyncGenerator<Uint8Array> {
  let start: Buffer | null = Buffer.alloc(0);
  for await (const piece of pieces) {
    if (start === null) {
      yield piece;
      continue;
    }
    start = Buffer.concat([start, piece]);
    if (start.length < ENOUGH) continue;
    yield checkedStart(start, shown);
    start = null;
  }
  if (start !== null) yield checkedStart(start, shown);
}

/** Of the beginning, to recognise anything. */
const ENOUGH = 8;

function checkedStart(start: Buffer, shown: string): Buffer {
  checkTextBeginning(start, shown);
  const marked = start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf;
  return marked ? start.subarray(3) : start;
}

/**
 * The first character of a text that is no white space ("" when there is none), and the whole text again, which has to be read or
 * closed.
 */
export async function firstCharacter(text: AsyncGenerator<Uint8Array>): Promise<{
  character: string;
  pieces: AsyncGenerator<Uint8Array>;
  close(): Promise<unknown>;
}> {
  const seen: Uint8Array[] = [];
  let character = "";
  for (;;) {
    const { value, done } = await text.next();
    if (done) break;
    seen.push(value);
    const index = value.findIndex((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
    if (index === -1) continue;
    character = String.fromCharCode(value[index]!);
    break;
  }
  return { character, pieces: again(seen, text), close: () => text.return(undefined) };
}

async function* again(
  seen: readonly Uint8Array[],
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* seen;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
