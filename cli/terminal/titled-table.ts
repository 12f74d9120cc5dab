/** A table whose first column names the rows: one description for the terminal and for Markdown. Pure. */
import type { Style } from "./style";
import { type Column, markdownTable, table } from "./table";

export interface TitledTable {
  /** Over the rows' names. */
  title: string;
  columns: readonly Column[];
  /** The name, then a cell for every column. */
  rows: readonly (readonly string[])[];
  /** How to read it; "" when it needs no words. */
  note: string;
}

/** For a terminal. */
export function tablesText(tables: readonly TitledTable[], style: Style): string[] {
  return tables.flatMap(({ title, columns, rows, note }, index) => {
    const [titles, ...lines] = table([left(title), ...columns], rows);
    return [
      ...(index === 0 ? [] : [""]),
      style.bold(titles!),
      ...lines,
      ...(note === "" ? [] : [style.dim(note)]),
    ];
  });
}

export function tablesMarkdown(tables: readonly TitledTable[]): string[] {
  return tables.flatMap(({ title, columns, rows, note }, index) => [
    ...(index === 0 ? [] : [""]),
    ...markdownTable([left(title), ...columns], rows),
    ...(note === "" ? [] : ["", note]),
  ]);
}

export function left(title: string): Column {
  return { title, align: "left" };
}

export function right(title: string): Column {
  return { title, align: "right" };
}
