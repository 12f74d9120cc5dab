/** Saves a model, its adapters merged in, as a folder that Hugging Face transformers loads: config.json, model.safetensors, the tokenizer's files. */
import * as fs from "node:fs";
import * as path from "node:path";
import { makeFolders } from "../../../run-folder/make-folders";
import type { FloatType } from "../../tensor/float-types";
import type { CausalLm } from "../causal-lm";
import { type NamedTensor, writeSafetensors } from "./safetensors";

const types: Readonly<Record<"f32" | "f16" | "bf16", { stored: FloatType; torch: string }>> = {
  f32: { stored: "F32", torch: "float32" },
  f16: { stored: "F16", torch: "float16" },
  bf16: { stored: "BF16", torch: "bfloat16" },
};

/**
 * Creates `folder` if needed and overwrites what has the same name in it. `carry.tokenizerFiles` are paths of files that
 * are copied as they are. Errors of the file system pass through.
 */
export async function saveCheckpoint(
  model: CausalLm,
  folder: string,
  dtype: "f32" | "f16" | "bf16",
  carry: { tokenizerFiles: readonly string[] },
): Promise<void> {
  makeFolders(path.resolve(folder));
  // transformers 5 calls it dtype; a config that came from there keeps that name.
  const dtypeKey = "dtype" in model.decoder.config ? "dtype" : "torch_dtype";
  const config = { ...model.decoder.config, [dtypeKey]: types[dtype].torch };
  fs.writeFileSync(path.join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
  await writeSafetensors(path.join(folder, "model.safetensors"), storedTensors(model), types[dtype].stored);
  for (const file of carry.tokenizerFiles) fs.copyFileSync(file, path.join(folder, path.basename(file)));
}

/** In alphabetical order, as transformers writes them: the same weights give the same bytes. */
function storedTensors(model: CausalLm): NamedTensor[] {
  return [...model.parameters]
    .map(([name, parameter]) => ({
      name,
      shape: parameter.shape,
      values: () => model.values(name),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
