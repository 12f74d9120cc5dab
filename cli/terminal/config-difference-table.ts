import type { ConfigDifference } from "../../run-view/comparison";
import { UNKNOWN } from "./numbers";
import { truncate } from "./text-width";
import { left, type TitledTable } from "./titled-table";

const LONGEST_VALUE = 40;

/** A column for every run: its id and what it is called. */
export function configDifferenceTable(
  differences: readonly ConfigDifference[],
  runs: readonly { readonly id: string; readonly label: string }[],
): TitledTable {
  return {
    title: "config that differs",
    columns: runs.map(({ label }) => left(label)),
    rows: differences.map((difference) => [
      difference.address,
      ...runs.map(({ id }) => valueText(difference, id)),
    ]),
    note: "",
  };
}

function valueText({ values }: ConfigDifference, id: string): string {
  const value = values[id];
  return value === undefined ? UNKNOWN : truncate(plainValue(value), LONGEST_VALUE);
}

/** A statement's properties as the language writes them, `beta=0.9 start=first`. */
function plainValue(value: unknown): string {
  if (value === null) return "none";
  if (typeof value === "string") return value;
  if (typeof value !== "object" || Array.isArray(value)) return JSON.stringify(value);
  return Object.entries(value)
    .map(([key, member]) => `${key}=${plainValue(member)}`)
    .join(" ");
}
