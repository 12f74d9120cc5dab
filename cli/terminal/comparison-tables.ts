/** Runs side by side as tables: over seeds when there are several of some, else run by run. Pure. */
import type { Comparison } from "../comparison";
import { groupComparisonTables } from "./group-comparison-tables";
import { runComparisonTables } from "./run-comparison-tables";
import type { Style } from "./style";
import { type TitledTable, tablesMarkdown, tablesText } from "./titled-table";

/** For a terminal. */
export function comparisonText(comparison: Comparison, style: Style): string[] {
  return tablesText(tablesOf(comparison), style);
}

export function comparisonMarkdown(comparison: Comparison): string[] {
  return tablesMarkdown(tablesOf(comparison));
}

function tablesOf({ runs, groups }: Comparison): TitledTable[] {
  const hasSeeds = groups.results.some(({ group }) => group.runs.length > 1);
  return hasSeeds ? groupComparisonTables(groups) : runComparisonTables(runs);
}
