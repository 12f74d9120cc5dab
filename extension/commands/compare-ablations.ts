import * as path from "node:path";
import * as vscode from "vscode";
import { UserError } from "../../contracts/user-error";
import { isOfFile, isSameExperiment, newestOfEachVariant, type RunOverview } from "../runs/run-overview";
import type { Services } from "../services";
import { runFoldersOf } from "./run-folders";

/** Opens the comparison of an experiment's variants side by side: the newest run of each. */
export async function compareAblations(services: Services, ...targets: unknown[]): Promise<void> {
  const run = await chooseExperiment(services, targets);
  if (!run) return;
  const runs = newestOfEachVariant(services.store.runs(), run);
  if (runs.length < 2) {
    throw new UserError(
      "run-not-found",
      `Of ${run.experiment} only ${run.name} was run, so there is no ablation to compare it with.`,
      "Run its ablations first.",
    );
  }
  services.panels.compare(runs.map(({ folder }) => folder));
}

/** Some run of the experiment: from the arguments (a run, or a `.mos` file and the experiment's name), the focus, or a pick. */
async function chooseExperiment(
  services: Services,
  targets: readonly unknown[],
): Promise<RunOverview | undefined> {
  const all = services.store.runs();
  const named = namedExperiment(all, targets);
  if (named) return named;
  const folders = [...runFoldersOf(targets[0], targets[1]), ...services.panels.activeFolders];
  const known = folders.flatMap((folder) => services.store.get(folder) ?? [])[0];
  const chosen = known ?? services.tree.selectedRuns[0];
  if (chosen) return chosen;
  const experiments = all.filter(
    (run, index) => all.findIndex((other) => isSameExperiment(other, run)) === index,
  );
  if (experiments.length === 0) {
    throw new UserError("run-not-found", "There is no run to compare yet.", "Run an experiment first.");
  }
  if (experiments.length === 1) return experiments[0];
  const items = experiments.map((run) => {
    const count = newestOfEachVariant(all, run).length;
    const description = `${count} ${count === 1 ? "variant" : "variants"} · ${path.basename(run.file)}`;
    return { label: `$(beaker) ${run.experiment}`, description, run };
  });
  const picked = await vscode.window.showQuickPick(items, { title: "Compare Reward Ablations" });
  return picked?.run;
}

/** From a code lens: the address of the `.mos` file and the name of the experiment or of one of its variants. */
function namedExperiment(
  runs: readonly RunOverview[],
  [address, name]: readonly unknown[],
): RunOverview | undefined {
  if (typeof address !== "string" || typeof name !== "string") return undefined;
  const file = vscode.Uri.parse(address).fsPath;
  const run = runs.find((each) => isOfFile(each, file) && (each.experiment === name || each.name === name));
  if (run) return run;
  throw new UserError("run-not-found", `${name} has not been run yet.`, "Run it first.");
}
