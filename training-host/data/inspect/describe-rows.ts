/** What rows look like, for people: their columns, and the first of them, shortened. */
import type { DatasetInspection } from "../../../contracts/data-inspection";

const MOST_COLUMNS = 100;
const LONGEST_NAME = 200;
const LONGEST_TEXT = 200;
const MOST_ITEMS = 4;
/** Members and items of a row that are shown, at any depth. */
const MOST_VALUES = 100;

/** Collects the columns of rows and the types of their values. */
export class ColumnList {
  private readonly types = new Map<string, Set<string>>();

  add(row: unknown): void {
    if (typeof row !== "object" || row === null || Array.isArray(row)) return;
    for (const [name, value] of Object.entries(row)) {
      const known = this.types.get(name);
      if (known) known.add(typeOf(value));
      else if (this.types.size < MOST_COLUMNS) this.types.set(name, new Set([typeOf(value)]));
    }
  }

  get columns(): DatasetInspection["columns"] {
    return [...this.types].map(([name, types]) => ({
      name: shorten(name, LONGEST_NAME),
      type: [...types].sort((a, b) => Number(a === NOTHING) - Number(b === NOTHING)).join(" or "),
    }));
  }
}

const NOTHING = "nothing";

function typeOf(value: unknown): string {
  if (value === null || value === undefined) return NOTHING;
  if (Array.isArray(value)) return "list";
  if (typeof value === "string") return "text";
  return typeof value;
}

/** JSON over several lines with long texts, lists and whatever is too much cut. */
export function showRow(row: unknown): string {
  return JSON.stringify(cut(row, { left: MOST_VALUES }), null, 2) ?? "null";
}

function cut(value: unknown, values: { left: number }): unknown {
  if (typeof value === "string") return shorten(value, LONGEST_TEXT);
  if (typeof value !== "object" || value === null) return value;
  if (values.left <= 0) return "…";
  if (Array.isArray(value)) {
    const kept = value.slice(0, MOST_ITEMS);
    values.left -= kept.length;
    const items = kept.map((item) => cut(item, values));
    return value.length > MOST_ITEMS ? [...items, `… ${value.length - MOST_ITEMS} more`] : items;
  }
  const members = Object.entries(value).slice(0, values.left);
  values.left -= members.length;
  return Object.fromEntries(
    members.map(([name, member]) => [shorten(name, LONGEST_NAME), cut(member, values)]),
  );
}

function shorten(text: string, most: number): string {
  // Whole characters: half of a surrogate pair is none.
  return text.length > most ? `${Array.from(text.slice(0, most)).slice(0, -1).join("")}…` : text;
}
