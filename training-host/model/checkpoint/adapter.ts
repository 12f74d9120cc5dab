/** An adapter in the form that PEFT reads and writes: adapter_config.json and adapter_model.safetensors. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { LoraConfig } from "../../../contracts/plan";
import { UserError } from "../../../contracts/user-error";
import { makeFolders } from "../../../run-folder/make-folders";
import type { LowRankAdapters } from "../low-rank-adapters";
import { SafetensorsFile, writeSafetensors } from "./safetensors";

const CONFIG_FILE = "adapter_config.json";
const WEIGHTS_FILE = "adapter_model.safetensors";

/**
 * Creates `folder` if needed and overwrites what has the same name in it. `baseModel`: the folder of the frozen model; null
 * for one that was never saved. Errors of the file system pass through.
 */
export async function saveAdapter(
  adapters: LowRankAdapters,
  folder: string,
  baseModel: string | null,
): Promise<void> {
  makeFolders(path.resolve(folder));
  const config = peftConfig(adapters.config, baseModel);
  fs.writeFileSync(path.join(folder, CONFIG_FILE), `${JSON.stringify(config, null, 2)}\n`);
  const tensors = [...adapters.parameters]
    .map(([name, parameter]) => ({
      name,
      shape: parameter.shape,
      values: () => parameter.data<"float32">(),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  await writeSafetensors(path.join(folder, WEIGHTS_FILE), tensors, "F32");
}

/** Gives the adapters the values that are saved in `folder`. @throws UserError "bad-model" when they do not fit. */
export function restoreAdapter(adapters: LowRankAdapters, folder: string): void {
  const file = SafetensorsFile.open(path.join(folder, WEIGHTS_FILE));
  for (const [name, { shape }] of adapters.parameters) {
    const stored = file.tensors.get(name);
    if (stored?.shape.join() !== shape.join())
      throw new UserError(
        "bad-model",
        `The adapter ${file.path} has ${stored ? `tensor "${name}" of shape [${stored.shape.join(", ")}]` : `no tensor "${name}"`}, expected shape [${shape.join(", ")}].`,
      );
  }
  for (const name of adapters.parameters.keys()) adapters.assign(name, file.read(name));
}

/** The keys of PEFT's LoraConfig that say something here. */
function peftConfig(lora: LoraConfig, baseModel: string | null): Record<string, unknown> {
  return {
    base_model_name_or_path: baseModel,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    modules_to_save: null,
    peft_type: "LORA",
    r: lora.rank,
    target_modules: lora.targets,
    task_type: "CAUSAL_LM",
    use_dora: false,
    use_rslora: false,
  };
}
