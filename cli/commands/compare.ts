import { Command } from "commander";
import { type Comparison, compareRunsAndGroups, comparisonJson } from "../comparison";
import { exitCodes } from "../exit-code";
import { findRunsDirectory } from "../find-runs-directory";
import { type LoadedRun, loadRun } from "../load-run";
import { UsageError } from "../report-error";
import { comparisonMarkdown, comparisonText } from "../terminal/comparison-tables";
import type { Output } from "../terminal/output";
import type { MakeCommand } from "./command";

interface CompareOptions {
  runs?: string;
  json?: true;
  markdown?: true;
  html?: string;
  baseline?: string;
}

export const compareCommand: MakeCommand = (output, done) =>
  new Command("compare")
    .description("runs side by side: held-out losses, final mixtures, speed-up, what differs in their config")
    .argument("<run...>", "two runs or more: ids, beginnings of ids, or folders")
    .option("--runs <folder>", "where the runs are")
    .option("--baseline <name>", "the run to compare with (default: the static one with the lowest loss)")
    .option("--json", "as JSON")
    .option("--markdown", "as Markdown tables")
    .option("--html <file>", "write the comparison panel into one file that needs nothing else")
    .action(async (names: string[], options: CompareOptions) => {
      const directory = findRunsDirectory(options.runs);
      const runs = withoutRepeats(names.map((name) => loadRun(name, directory, output)));
      if (runs.length < 2) throw new UsageError("A comparison needs two different runs or more.");
      const compared = runs.map(({ view, record }) => ({ view, plan: record.plan }));
      const comparison = compareRunsAndGroups(compared, options.baseline ?? null);
      if (options.html !== undefined) {
        await writePage(runs, options.html, options.baseline ? comparison.groups.baseline : null, output);
      }
      printComparison(comparison, options, output);
      done(exitCodes.done);
    });

function printComparison(comparison: Comparison, options: CompareOptions, output: Output): void {
  if (options.json) output.out(JSON.stringify(comparisonJson(comparison), null, 2));
  else if (options.markdown) output.out(comparisonMarkdown(comparison).join("\n"));
  else if (options.html === undefined) output.out(comparisonText(comparison, output.outStyle).join("\n"));
}

async function writePage(
  runs: readonly LoadedRun[],
  file: string,
  baseline: string | null,
  output: Output,
): Promise<void> {
  const { comparisonPage, readPanelBundle } = await import("../comparison-page");
  const { writeFile } = await import("../write-file");
  const panelRuns = runs.map(({ record, status, events }) => ({ record, status, events }));
  writeFile(file, comparisonPage(panelRuns, baseline, readPanelBundle()));
  output.err(`Wrote ${file}`);
}

function withoutRepeats(runs: readonly LoadedRun[]): LoadedRun[] {
  return [...new Map(runs.map((run) => [run.folder, run])).values()];
}
