/** docs/performance.md: prose that people wrote, and tables that the benchmarks put between their markers. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const page = path.join(__ROOT__, "docs/performance.md");

export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The same table for a terminal. */
export function plainTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ")).join("\n");
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
export function writeSection(name: string, markdown: string): void {
  const text = fs.readFileSync(page, "utf8");
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no section ${begin} ... ${end}`);
  const after = text.slice(to);
  fs.writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${markdown.trim()}\n\n${after}`);
  console.log(`Written into ${path.relative(__ROOT__, page)}.`);
}

export function describeMachine(): string {
  const processors = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return (
    `${new Date().toISOString().slice(0, 10)}, ${processors[0]!.model.trim()}, ${processors.length} cores, ` +
    `${memory} GiB, ${os.type()}, Node ${process.versions.node}`
  );
}

/** A sentence where other work disturbs the timings; "" on a quiet machine. */
export function loadWarning(): string {
  const [load] = os.loadavg() as [number, number, number];
  return load < 0.7 ? "" : `The machine was not quiet (load ${load.toFixed(1)} at the start).`;
}
