/** Runs side by side, one seed of each. Pure. */
import type { RunComparison, RunRow } from "../../run-view/comparison";
import type { SpeedUp } from "../../run-view/speed-up";
import { configDifferenceTable } from "./config-difference-table";
import { formatDuration, formatLoss, formatPercent, UNKNOWN } from "./numbers";
import { left, right, type TitledTable } from "./titled-table";

export function runComparisonTables(comparison: RunComparison): TitledTable[] {
  const labels = labelsOf(comparison.rows);
  const tables = [losses(comparison, labels), mixtures(comparison, labels)];
  if (comparison.differences.length === 0) return tables;
  const runs = comparison.rows.map(({ id }) => ({ id, label: labels.get(id)! }));
  return [...tables, configDifferenceTable(comparison.differences, runs)];
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
