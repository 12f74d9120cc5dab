import { padEnd, padStart, textWidth } from "./text-width";

export interface Column {
  title: string;
  align: "left" | "right";
}

/** A table without lines: titles, then rows; columns are as wide as their widest cell and two spaces apart. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const titles = columns.map(({ title }) => title);
  const widths = columns.map((_, index) =>
    Math.max(...[titles, ...rows].map((row) => textWidth(row[index] ?? ""))),
  );
  return [titles, ...rows].map((row) =>
    columns
      .map(({ align }, index) => {
        const pad = align === "right" ? padStart : padEnd;
        return pad(row[index] ?? "", widths[index]!);
      })
      .join("  ")
      .trimEnd(),
  );
}

/** The same as a Markdown table. */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map(({ title }) => escapeCell(title))),
    line(columns.map(({ align }) => (align === "right" ? "---:" : "---"))),
    ...rows.map((row) => line(row.map(escapeCell))),
  ];
}

function escapeCell(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("|", "\\|");
}
