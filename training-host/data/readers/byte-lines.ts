export interface ByteLine {
  bytes: Uint8Array;
  /** 1-based. */
  number: number;
  /** Bytes up to the end of this line, its line end included. */
  end: number;
}

/** No text file has such lines, and a longer one could not become a string anyway. */
export const LONGEST_LINE = 64 * 2 ** 20;

/** A line was longer than LONGEST_LINE. */
export class LineTooLong extends Error {
  constructor(readonly line: number) {
    super(`line ${line} is longer than ${LONGEST_LINE} bytes`);
  }
}

const LF = 0x0a;
const CR = 0x0d;

/** The lines of a stream of bytes without their LF or CR LF. The last line needs no line end. */
export async function* byteLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ByteLine> {
  let pending: Uint8Array[] = [];
  let pendingLength = 0;
  let number = 0;
  let end = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let lineEnd = chunk.indexOf(LF); lineEnd !== -1; lineEnd = chunk.indexOf(LF, start)) {
      const bytes = join(pending, chunk.subarray(start, lineEnd));
      end += bytes.length + 1;
      number++;
      yield { bytes: withoutReturn(bytes), number, end };
      pending = [];
      pendingLength = 0;
      start = lineEnd + 1;
    }
    if (start === chunk.length) continue;
    pending.push(chunk.subarray(start));
    pendingLength += chunk.length - start;
    if (pendingLength > LONGEST_LINE) throw new LineTooLong(number + 1);
  }
  if (pendingLength === 0) return;
  yield {
    bytes: withoutReturn(join(pending, new Uint8Array(0))),
    number: number + 1,
    end: end + pendingLength,
  };
}

function join(parts: readonly Uint8Array[], last: Uint8Array): Uint8Array {
  return parts.length === 0 ? last : Buffer.concat([...parts, last]);
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === CR ? line.subarray(0, -1) : line;
}
