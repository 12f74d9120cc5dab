import { Command } from "commander";
import type { Plan } from "../../contracts/plan";
import { UserError } from "../../contracts/user-error";
import type { HubAccess } from "../../training-host/hub/access";
import type { DownloadProgress } from "../../training-host/hub/progress";
import { exitCodes } from "../exit-code";
import { exitCodeOf, UsageError } from "../report-error";
import { chooseDownloadDisplay, type DownloadDisplay } from "../terminal/download-display";
import type { Output } from "../terminal/output";
import type { MakeCommand } from "./command";
import { type PlanOptions, withPlanChanges } from "./plan-options";

interface DownloadOptions extends PlanOptions {
  model?: string;
  dataset?: string;
  revision?: string;
  files?: string;
  json?: true;
}

interface Wanted {
  kind: "model" | "dataset";
  repository: string;
  revision: string;
  /** Pattern; of a dataset only. */
  files: string | null;
}

export const downloadCommand: MakeCommand = (output, done) =>
  withPlanChanges(
    new Command("download")
      .description("fetch what a file's runs use of the Hugging Face Hub, for machines without network")
      .argument("[file]", "the .mos file")
      .argument("[name...]", "experiments, ablations or sweeps of it; none: everything"),
  )
    .option("--model <org/name>", "fetch this model instead of what a file names")
    .option("--dataset <org/name>", "fetch this dataset instead of what a file names")
    .option("--revision <revision>", "branch, tag or commit of the model or dataset (default: main)")
    .option("--files <pattern>", "the dataset's files (default: those of its training split)")
    .option("--json", "progress and results as JSON lines")
    .action(async (file: string | undefined, names: string[], options: DownloadOptions) => {
      const wanted = await findWanted(file, names, options, output);
      if (wanted === null) return done(exitCodes.badInput);
      if (wanted.length === 0) output.err(`${file} names nothing on the Hub: there is nothing to fetch.`);
      const cancellation = new AbortController();
      const cancel = () => cancellation.abort();
      process.once("SIGINT", cancel).once("SIGTERM", cancel);
      const display = chooseDownloadDisplay(output, options.json === true);
      try {
        done(await fetchAll(wanted, display, cancellation.signal));
      } finally {
        display.close();
        process.off("SIGINT", cancel).off("SIGTERM", cancel);
      }
    });

/** null: the file has errors, which were printed. */
async function findWanted(
  file: string | undefined,
  names: readonly string[],
  options: DownloadOptions,
  output: Output,
): Promise<Wanted[] | null> {
  const { model, dataset, revision, files } = options;
  if ([file, model, dataset].filter((given) => given !== undefined).length !== 1)
    throw new UsageError("Give one of these: a .mos file, --model, or --dataset.");
  if (file === undefined) {
    if (model !== undefined && files !== undefined) throw new UsageError("--files is for a dataset.");
    const kind = model === undefined ? "dataset" : "model";
    const repository = (model ?? dataset)!;
    return [{ kind, repository, revision: revision ?? "main", files: files ?? null }];
  }
  if (revision !== undefined || files !== undefined)
    throw new UsageError("--revision and --files are for --model and --dataset; a file names its own.");
  const { readPlans } = await import("../read-plans");
  const plans = readPlans(file, names, options, output);
  return plans && wantedBy(plans);
}

/** Each repository once, models first. */
function wantedBy(plans: readonly Plan[]): Wanted[] {
  const models = plans.flatMap(({ config: { model } }): Wanted[] =>
    model.hub === null ? [] : [{ kind: "model", ...model.hub, files: null }],
  );
  const datasets = plans.flatMap(({ config: { data } }) =>
    data.flatMap(({ hub }): Wanted[] => (hub === null ? [] : [{ kind: "dataset", ...hub }])),
  );
  const byText = new Map([...models, ...datasets].map((wanted) => [JSON.stringify(wanted), wanted]));
  return [...byText.values()];
}

/** What fails does not keep the others from being fetched; the first failure is the command's. */
async function fetchAll(wanted: readonly Wanted[], display: DownloadDisplay, signal: AbortSignal) {
  const { hubAccess } = await import("../../training-host/hub/access");
  const access = hubAccess(process.env);
  const failures: UserError[] = [];
  for (const one of wanted) {
    try {
      await fetchOne(one, access, display, signal);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const { kind, repository } = one;
      const { message, advice } = error;
      display.show({ type: "failed", kind, repository, message, advice });
      failures.push(error);
      if (error.reason === "cancelled") break;
    }
  }
  const first = failures.find(({ reason }) => reason === "cancelled") ?? failures[0];
  return first === undefined ? exitCodes.done : exitCodeOf(first);
}

async function fetchOne(
  { kind, repository, revision, files }: Wanted,
  access: HubAccess,
  display: DownloadDisplay,
  signal: AbortSignal,
): Promise<void> {
  const { resolveHubDataset, resolveHubModel } = await import("../../training-host/hub/resolve");
  const progress: DownloadProgress = {
    show: (state) => display.show({ type: "progress", ...state }),
    note: (message) => display.show({ type: "note", message }),
  };
  const downloaded = (commit: string, paths: readonly string[]) =>
    display.show({ type: "downloaded", kind, repository, revision, commit, paths: [...paths] });
  if (kind === "model") {
    const { commit, folder } = await resolveHubModel(repository, revision, access, progress, signal);
    downloaded(commit, [folder]);
  } else {
    const found = await resolveHubDataset(repository, revision, files, access, progress, signal);
    downloaded(found.commit, found.files);
  }
}
