import * as path from "node:path";
import { accessibleRunLabel, describeRun, runTooltip, statusIcons } from "./run-description";
import {
  experimentKey,
  isLive,
  isResumable,
  isSameExperiment,
  newestFirst,
  type RunOverview,
} from "./run-overview";

export interface ExperimentNode {
  readonly kind: "experiment";
  /** Stable over refreshes, so that the tree keeps what is open and selected. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly tooltip: string;
  readonly accessibleLabel: string;
  readonly contextValue: string;
  /** Newest first. */
  readonly runs: readonly RunNode[];
}

export interface RunNode {
  readonly kind: "run";
  readonly id: string;
  readonly run: RunOverview;
  readonly label: string;
  readonly description: string;
  /** Markdown. */
  readonly tooltip: string;
  readonly accessibleLabel: string;
  readonly icon: string;
  readonly color: string | undefined;
  readonly contextValue: string;
}

export type RunTreeNode = ExperimentNode | RunNode;

/** Experiments with the newest run first, and in them their runs, newest first. */
export function runTree(runs: Iterable<RunOverview>): ExperimentNode[] {
  const groups: RunOverview[][] = [];
  for (const run of newestFirst(runs)) {
    const group = groups.find((members) => isSameExperiment(members[0]!, run));
    if (group) group.push(run);
    else groups.push([run]);
  }
  return groups.map((group) => experimentNode(group, needsFileName(group, groups)));
}

function experimentNode(runs: readonly RunOverview[], withFile: boolean): ExperimentNode {
  const [newest] = runs;
  const { experiment, file } = newest!;
  const live = runs.filter((run) => isLive(run.status)).length;
  const count = `${runs.length} ${runs.length === 1 ? "run" : "runs"}`;
  const description = [withFile ? path.basename(file) : null, count, live > 0 ? `${live} live` : null]
    .filter((part) => part !== null)
    .join(" · ");
  return {
    kind: "experiment",
    id: `experiment:${experimentKey(newest!)}`,
    label: experiment,
    description,
    tooltip: `${experiment} in ${file}`,
    accessibleLabel: `Experiment ${experiment}, ${count}${live > 0 ? `, ${live} live` : ""}`,
    contextValue: runs.length > 1 ? "experiment comparable" : "experiment",
    runs: runs.map(runNode),
  };
}

function runNode(run: RunOverview): RunNode {
  const { icon, color } = statusIcons[run.status];
  return {
    kind: "run",
    id: `run:${run.folder}`,
    run,
    label: run.variant === "" ? run.experiment : run.variant,
    description: describeRun(run),
    tooltip: runTooltip(run),
    accessibleLabel: accessibleRunLabel(run),
    icon,
    color,
    contextValue: runContext(run),
  };
}

/** Words that `when` clauses of menus look for: `viewItem =~ /\blive\b/`. */
export function runContext(run: RunOverview): string {
  if (isLive(run.status)) return "run live";
  return isResumable(run.status) ? "run resumable" : "run finished";
}

function needsFileName(group: readonly RunOverview[], groups: readonly (readonly RunOverview[])[]): boolean {
  return groups.some((other) => other !== group && other[0]?.experiment === group[0]?.experiment);
}
