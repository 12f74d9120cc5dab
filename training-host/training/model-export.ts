/** `export safetensors`: the trained model as a folder that Hugging Face transformers loads. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { ExportConfig, Plan } from "../../contracts/plan";
import type { CausalLm } from "../model/causal-lm";
import { saveCheckpoint } from "../model/checkpoint/save";
import { explainWriteFailure } from "../runs/write-failure";

/**
 * Puts the files one by one into the folder that the plan names; what else lies there stays.
 * @returns the folder, or null when the plan asks for none.
 */
export async function exportModel(
  plan: Plan,
  runId: string,
  model: CausalLm,
  tokenizerFiles: readonly string[],
): Promise<string | null> {
  const target = plan.config.export.safetensors;
  if (target === undefined) return null;
  const folder = resolveExportFolder(plan, runId, target);
  const beside = path.join(folder, `.partial-${process.pid}`);
  try {
    await saveCheckpoint(model, beside, target.dtype, { tokenizerFiles });
    for (const name of fs.readdirSync(beside))
      fs.renameSync(path.join(beside, name), path.join(folder, name));
  } catch (error) {
    throw explainWriteFailure(error, folder);
  } finally {
    fs.rmSync(beside, { recursive: true, force: true });
  }
  return folder;
}

/** The run's id is known only now, so the plan still holds the names of what is to be put in. */
function resolveExportFolder(
  { name, experiment, baseDirectory }: Plan,
  runId: string,
  { path: template }: NonNullable<ExportConfig["safetensors"]>,
): string {
  const values: Record<string, string> = { "run.id": runId, "run.name": name, experiment };
  const filled = template.replace(/\$\{([^}]*)\}/g, (whole, key: string) => values[key] ?? whole);
  return path.resolve(baseDirectory, filled);
}
