import { UserError } from "../../../contracts/user-error";
import { Breather } from "../breather";
import { LONGEST_LINE } from "./row-splitter";
import type { RowSink } from "./spool";
import { BrokenTable, type TableRecord, TableRecords } from "./table-records";

/**
 * Lays out a table with a header line as JSON lines. All values are strings; an empty field is the empty string. Rows whose number
 * of fields is not the header's are malformed.
 * Throws UserError "bad-column" (duplicate names), "bad-row" (a quote that is never closed), "cancelled".
 */
export async function spoolTable(
  pieces: AsyncIterable<Uint8Array>,
  delimiter: "," | "\t",
  sink: RowSink,
  shown: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const records = new TableRecords(delimiter.charCodeAt(0), LONGEST_LINE);
  const rows = new TableRows(sink, shown);
  const breather = new Breather(signal);
  const add = async (found: Iterable<TableRecord>) => {
    for (const record of found) {
      rows.add(record);
      if (sink.isFull) await sink.flush();
      await breather.breathe();
    }
  };
  try {
    for await (const piece of pieces) await add(records.records(piece));
    await add(records.last());
  } catch (error) {
    if (!(error instanceof BrokenTable)) throw error;
    throw new UserError(
      "bad-row",
      `${shown}: ${error.message}.`,
      'What follows cannot be told apart. A quote within a field has to be doubled ("").',
    );
  }
}

/** A column without a name is called what pandas and `datasets` call it: `Unnamed: 0`. Knows the header once it has passed. */
class TableRows {
  #columns: string[] | null = null;
  /** `{"first":`, `,"second":` and so on. */
  #prefixes: string[] = [];

  constructor(
    private readonly sink: RowSink,
    private readonly shown: string,
  ) {}

  add(record: TableRecord): void {
    if (this.#columns === null) this.#takeHeader(record);
    else if (record.problem === "encoding") {
      const message = `the text is not UTF-8 (line ${record.line}).`;
      this.sink.addMalformed(message, "bad-encoding", "Save the file as UTF-8.");
    } else if (record.problem === "quote") {
      this.sink.addMalformed(
        `a quoted field is followed by more text (line ${record.line}).`,
        "bad-row",
        'A quote within a field has to be doubled ("").',
      );
    } else if (record.fields.length !== this.#columns.length) {
      const expected = `${this.#columns.length} fields (${shortList(this.#columns)})`;
      this.sink.addMalformed(`expected ${expected}, found ${record.fields.length} (line ${record.line}).`);
    } else this.sink.addRow(this.#json(record.fields));
  }

  #takeHeader({ fields, problem, line }: TableRecord): void {
    if (problem === "encoding") {
      throw new UserError(
        "bad-encoding",
        `${this.shown}:${line}: the text is not UTF-8.`,
        "Save the file as UTF-8.",
      );
    }
    if (problem === "quote") {
      throw new UserError("bad-row", `${this.shown}:${line}: a quoted column name is followed by more text.`);
    }
    const columns = fields.map((name, index) => (name === "" ? `Unnamed: ${index}` : name));
    checkDistinct(columns, this.shown);
    this.#columns = columns;
    this.#prefixes = columns.map((name, index) => `${index === 0 ? "{" : ","}${JSON.stringify(name)}:`);
  }

  #json(fields: readonly string[]): string {
    let json = "";
    for (let index = 0; index < fields.length; index++) {
      json += this.#prefixes[index]! + JSON.stringify(fields[index]);
    }
    return `${json}}`;
  }
}

/** Throws UserError "bad-column". */
export function checkDistinct(columns: readonly string[], shown: string): void {
  const seen = new Set<string>();
  const twice = columns.filter((name) => seen.has(name) || !seen.add(name));
  if (twice.length === 0) return;
  throw new UserError(
    "bad-column",
    `${shown} has two columns of the same name: ${shortList([...new Set(twice)])}.`,
    "Rename or remove one of them.",
  );
}

function shortList(names: readonly string[]): string {
  const few = names.slice(0, 8).join(", ");
  return names.length > 8 ? `${few}, and ${names.length - 8} more` : few;
}
