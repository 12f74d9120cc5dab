/** Runs side by side: one by one, and over their seeds. Pure. */
import { type ComparedRun, compareRuns, type RunComparison } from "../run-view/comparison";
import { compareGroups, type GroupComparison } from "../run-view/group-comparison";
import { type GroupSummary, groupSummary } from "../run-view/group-summary";
import { groupRuns, type RunGroup } from "../run-view/run-groups";
import { finalReferenceLoss } from "../run-view/speed-up";
import { UsageError } from "./report-error";

export interface Comparison {
  readonly runs: RunComparison;
  /** Against the same baseline: `runs` takes the strongest run of the baseline's group. */
  readonly groups: GroupComparison;
}

/**
 * `baseline`: what a person calls the runs to compare with, by name or label of their group, or by name or id of a run of it;
 * null: the strongest static ones.
 * @throws UsageError when it is the name of none of them, or of several.
 */
export function compareRunsAndGroups(runs: readonly ComparedRun[], baseline: string | null): Comparison {
  const groups = groupRuns(runs);
  const chosen = baseline === null ? null : findGroup(groups, baseline).key;
  const comparison = compareGroups(groups, chosen);
  const strongest = groups.find(({ key }) => key === comparison.baseline);
  return { runs: compareRuns(runs, strongest ? strongestRun(strongest) : null), groups: comparison };
}

/** Without what differs in the configs. */
export function withoutDifferences({ runs, groups }: Comparison): Comparison {
  return { runs: { ...runs, differences: [] }, groups: { ...groups, differences: [] } };
}

/** Run by run as the contract has it, and the groups. */
export function comparisonJson({ runs, groups }: Comparison): RunComparison & { groups: GroupSummary[] } {
  return { ...runs, groups: groups.results.map(groupSummary) };
}

function findGroup(groups: readonly RunGroup[], wanted: string): RunGroup {
  const found = groups.filter(
    ({ name, label, runs }) =>
      [name, label].includes(wanted) || runs.some(({ view, plan }) => [view.id, plan.name].includes(wanted)),
  );
  if (found.length === 1) return found[0]!;
  const choices = groups.map(({ name }) => `"${name}"`).join(", ");
  const problem =
    found.length === 0 ? "is none of the runs compared" : `can be ${found.length} of the runs compared`;
  throw new UsageError(`--baseline "${wanted}" ${problem}; it takes one of ${choices}.`);
}

function strongestRun({ runs }: RunGroup): string {
  const loss = ({ view }: ComparedRun) => finalReferenceLoss(view.evaluations) ?? Number.POSITIVE_INFINITY;
  return runs.reduce((best, run) => (loss(run) < loss(best) ? run : best)).view.id;
}
