/** An element of a JSON array, as text; it may be no valid JSON. */
export interface JsonElement {
  /** null: longer than the scanner's limit. */
  bytes: Uint8Array | null;
  /** Where it begins: line and column from 1, columns in characters. */
  line: number;
  column: number;
}

/** The array's own structure is broken: what follows cannot be told apart. */
export class BrokenArray extends Error {
  constructor(
    readonly reason: string,
    readonly line: number,
    readonly column: number,
  ) {
    super(`${reason} at line ${line}, column ${column}`);
  }
}

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Cuts a stream of bytes that is one JSON array into its elements, without parsing them: quotes, brackets and commas are all it
 * looks at. Keeps no more than one element.
 */
export class JsonElements {
  #line = 1;
  #column = 0;
  /** Brackets that are open, the array's own among them. */
  #depth = 0;
  #ended = false;
  #inString = false;
  #escaped = false;
  /** Whether a comma was the last thing, so that an element must follow. */
  #afterComma = false;
  /** Of the present element: null before it begins. */
  #start: { line: number; column: number } | null = null;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(private readonly longest: number) {}

  /** The elements that end in this piece. Throws BrokenArray. */
  *elements(piece: Uint8Array): Generator<JsonElement> {
    /** Where in this piece the present element's bytes begin. */
    let from = 0;
    for (let index = 0; index < piece.length; index++) {
      const byte = piece[index]!;
      if (byte === 0x0a) {
        this.#line++;
        this.#column = 0;
      } else if ((byte & 0xc0) !== 0x80) this.#column++;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
        continue;
      }
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
      if (this.#depth === 0) {
        this.#atTop(byte);
        continue;
      }
      if (this.#depth === 1 && (byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT)) {
        const last = byte !== COMMA;
        if (byte === CLOSE_OBJECT) throw this.#broken('"}" without "{"');
        const element = this.#end(piece.subarray(from, index), last);
        if (element !== null) yield element;
        this.#afterComma = !last;
        if (last) this.#depth = 0;
        this.#ended = last;
        continue;
      }
      if (this.#start === null) {
        this.#start = { line: this.#line, column: this.#column };
        from = index;
      }
      if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) this.#depth++;
      else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) this.#depth--;
    }
    if (this.#start !== null) this.#keep(piece.subarray(from));
  }

  /** Throws BrokenArray when the array is not closed. */
  finish(): void {
    if (this.#ended) return;
    if (this.#start === null) throw this.#broken("the file ends before the list is closed");
    const { line, column } = this.#start;
    throw new BrokenArray("the file ends within the row that begins", line, column);
  }

  #atTop(byte: number): void {
    if (this.#ended) throw this.#broken("there is more after the end of the list");
    if (byte !== OPEN_LIST) throw this.#broken('expected "["');
    this.#depth = 1;
  }

  #end(part: Uint8Array, last: boolean): JsonElement | null {
    if (this.#start === null) {
      // `[]`, which is empty, and `[1, ]` and `[1,,2]`, which lack a row.
      const lacking = !last || this.#afterComma;
      return lacking ? { bytes: new Uint8Array(0), line: this.#line, column: this.#column } : null;
    }
    const { line, column } = this.#start;
    this.#keep(part);
    const bytes =
      this.#length > this.longest ? null : this.#parts.length === 1 ? part : Buffer.concat(this.#parts);
    this.#start = null;
    this.#parts = [];
    this.#length = 0;
    return { bytes, line, column };
  }

  #keep(part: Uint8Array): void {
    this.#length += part.length;
    if (this.#length > this.longest) this.#parts = [];
    else this.#parts.push(part);
  }

  #broken(reason: string): BrokenArray {
    return new BrokenArray(reason, this.#line, this.#column);
  }
}
