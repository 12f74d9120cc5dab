/** Runs side by side as tables: one description for the terminal and for Markdown. Pure. */
import type { ConfigDifference, RunComparison, RunRow } from "../../run-view/comparison";
import type { SpeedUp } from "../../run-view/speed-up";
import { formatDuration, formatLoss, formatPercent, UNKNOWN } from "./numbers";
import type { Style } from "./style";
import { type Column, markdownTable, table } from "./table";
import { truncate } from "./text-width";

interface TitledTable {
  title: string;
  columns: readonly Column[];
  rows: readonly (readonly string[])[];
  /** How to read it; "" when it needs no words. */
  note: string;
}

const LONGEST_VALUE = 40;

/** For a terminal. */
export function comparisonText(comparison: RunComparison, style: Style): string[] {
  return tablesOf(comparison).flatMap(({ title, columns, rows, note }, index) => {
    const [titles, ...lines] = table([{ title, align: "left" }, ...columns], rows);
    return [
      ...(index === 0 ? [] : [""]),
      style.bold(titles!),
      ...lines,
      ...(note === "" ? [] : [style.dim(note)]),
    ];
  });
}

export function comparisonMarkdown(comparison: RunComparison): string[] {
  return tablesOf(comparison).flatMap(({ title, columns, rows, note }, index) => [
    ...(index === 0 ? [] : [""]),
    ...markdownTable([{ title, align: "left" }, ...columns], rows),
    ...(note === "" ? [] : ["", note]),
  ]);
}

function tablesOf(comparison: RunComparison): TitledTable[] {
  const labels = labelsOf(comparison.rows);
  const tables = [losses(comparison, labels), mixtures(comparison, labels)];
  return comparison.differences.length > 0 ? [...tables, differences(comparison, labels)] : tables;
}

function losses(
  { rows, datasets, baseline }: RunComparison,
  labels: ReadonlyMap<string, string>,
): TitledTable {
  const allFinished = rows.every(({ status }) => status === "finished");
  return {
    title: "held-out loss",
    columns: [
      ...(allFinished ? [] : [left("status")]),
      right("mean"),
      ...datasets.map(right),
      right("speed-up"),
      right("time"),
    ],
    rows: rows.map((row) => [
      labels.get(row.id)!,
      ...(allFinished ? [] : [`${row.status} ${row.step}/${row.steps ?? "?"}`]),
      formatLoss(row.final?.reference),
      ...datasets.map((name) => formatLoss(row.final?.perDataset[name])),
      speedUpText(row.speedUp),
      formatDuration(row.seconds),
    ]),
    note: [
      "Nats per learned token at the last evaluation; mean: the plain mean over the datasets.",
      baseline === null
        ? ""
        : `Speed-up: steps of ${labels.get(baseline)} to its own final mean, over the run's steps to the same loss.`,
    ]
      .filter(Boolean)
      .join(" "),
  };
}

function mixtures({ rows, datasets }: RunComparison, labels: ReadonlyMap<string, string>): TitledTable {
  return {
    title: "final mixture (drawn)",
    columns: datasets.map(right),
    rows: rows.map(({ id, mixture, drawnShare }) => [
      labels.get(id)!,
      ...datasets.map((name) => {
        const p = mixture[name];
        return p === undefined ? UNKNOWN : `${formatPercent(p)} (${formatPercent(drawnShare[name] ?? 0)})`;
      }),
    ]),
    note: "Probability at the end, and in parentheses the share of all examples that were drawn.",
  };
}

function differences(comparison: RunComparison, labels: ReadonlyMap<string, string>): TitledTable {
  const { rows } = comparison;
  return {
    title: "config that differs",
    columns: rows.map(({ id }) => left(labels.get(id)!)),
    rows: comparison.differences.map((difference) => [
      difference.address,
      ...rows.map(({ id }) => valueText(difference, id)),
    ]),
    note: "",
  };
}

/** Names, as people know them; ids where two runs share a name. */
function labelsOf(rows: readonly RunRow[]): ReadonlyMap<string, string> {
  const isShared = (name: string) => rows.filter((row) => row.name === name).length > 1;
  return new Map(rows.map(({ id, name }) => [id, isShared(name) ? id : name]));
}

function speedUpText(speedUp: SpeedUp): string {
  switch (speedUp.kind) {
    case "reached":
      return `${speedUp.factor.toFixed(2)}x`;
    case "not-reached":
      return "not reached";
    case "baseline":
      return "baseline";
    case "unknown":
      return UNKNOWN;
  }
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

function left(title: string): Column {
  return { title, align: "left" };
}

function right(title: string): Column {
  return { title, align: "right" };
}
