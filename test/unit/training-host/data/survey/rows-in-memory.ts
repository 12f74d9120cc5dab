import { UserError } from "../../../../../contracts/user-error";
import type { ScannedRow } from "../../../../../training-host/data/rows/dataset-row";
import type { RowSource } from "../../../../../training-host/data/rows/row-source";

/** A source of rows that are there already; `undefined` stands for a row that is no JSON. */
export function rowsInMemory(values: readonly unknown[], shown = "rows.jsonl"): RowSource {
  const scanned = (index: number): ScannedRow => {
    const value = values[index];
    const place = `${shown}:${index + 1}`;
    const common = { place, bytesRead: index + 1, index };
    if (value === undefined) {
      const malformed = new UserError("bad-row", `${place}: this is no JSON.`);
      return { ...common, malformed, source: new Uint8Array(0) };
    }
    return { ...common, value, malformed: null, source: Buffer.from(JSON.stringify(value)) };
  };
  return {
    shown,
    size: values.length,
    bytes: values.length,
    contentHash: JSON.stringify(values),
    description: { shown, bytes: values.length, contentHash: JSON.stringify(values), files: [] },
    read: async (index) => {
      const row = scanned(index);
      if (row.malformed !== null) throw row.malformed;
      return row;
    },
    async *scan(from = 0, to = values.length) {
      for (let index = from; index < to; index++) yield scanned(index);
    },
    close: async () => {},
  };
}
