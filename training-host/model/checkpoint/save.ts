/** Saves a model, its adapters merged in, as a folder that Hugging Face transformers loads: config.json, safetensors, the tokenizer's files. */
import * as fs from "node:fs";
import * as path from "node:path";
import { makeFolders } from "../../../run-folder/make-folders";
import type { FloatType } from "../../tensor/float-types";
import type { CausalLm } from "../causal-lm";
import { carriedFiles } from "./carried-files";
import { type NamedTensor, storedBytes, writeSafetensors } from "./safetensors";
import { INDEX_FILE, SINGLE_FILE, shardName } from "./weight-files";

const types: Readonly<Record<"f32" | "f16" | "bf16", { stored: FloatType; torch: string }>> = {
  f32: { stored: "F32", torch: "float32" },
  f16: { stored: "F16", torch: "float16" },
  bf16: { stored: "BF16", torch: "bfloat16" },
};

/** Larger weights are cut into shards: 5 GB, as transformers did up to release 4. */
const LARGEST_FILE = 5e9;

export interface SaveOptions {
  /** Files of the tokenizer, its tokenizer.json first; they and those beside them go along. */
  tokenizerFiles: readonly string[];
  /** Where the model was loaded from: its generation_config.json goes along. */
  modelFolder?: string | null;
  /** Bytes of tensors in one file, unless a single tensor has more. */
  largestFile?: number;
}

/** Creates `folder` if needed and overwrites what has the same name in it. Errors of the file system pass through. */
export async function saveCheckpoint(
  model: CausalLm,
  folder: string,
  dtype: "f32" | "f16" | "bf16",
  { tokenizerFiles, modelFolder = null, largestFile = LARGEST_FILE }: SaveOptions,
): Promise<void> {
  makeFolders(path.resolve(folder));
  // transformers 5 calls it dtype; a config that came from there keeps that name.
  const dtypeKey = "dtype" in model.decoder.config ? "dtype" : "torch_dtype";
  const config = { ...model.decoder.config, [dtypeKey]: types[dtype].torch };
  writeJson(path.join(folder, "config.json"), config);
  await writeWeights(folder, storedTensors(model), types[dtype].stored, largestFile);
  for (const { source, name } of carriedFiles(modelFolder, tokenizerFiles))
    fs.copyFileSync(source, path.join(folder, name));
}

async function writeWeights(
  folder: string,
  tensors: readonly NamedTensor[],
  dtype: FloatType,
  largestFile: number,
): Promise<void> {
  const shards = cutIntoShards(tensors, dtype, largestFile);
  if (shards.length === 1) return writeSafetensors(path.join(folder, SINGLE_FILE), tensors, dtype);
  const places: [tensor: string, shard: string][] = [];
  for (const [index, shard] of shards.entries()) {
    const file = shardName(index + 1, shards.length);
    await writeSafetensors(path.join(folder, file), shard, dtype);
    places.push(...shard.map(({ name }): [string, string] => [name, file]));
  }
  const bytes = tensors.reduce((sum, { shape }) => sum + storedBytes(shape, dtype), 0);
  // Last: where the index is, all shards are.
  writeJson(path.join(folder, INDEX_FILE), {
    metadata: { total_size: bytes },
    weight_map: Object.fromEntries(places),
  });
}

/** In order, as many tensors each as fit. */
function cutIntoShards(
  tensors: readonly NamedTensor[],
  dtype: FloatType,
  largestFile: number,
): NamedTensor[][] {
  const shards: NamedTensor[][] = [[]];
  let size = 0;
  for (const tensor of tensors) {
    const bytes = storedBytes(tensor.shape, dtype);
    if (size > 0 && size + bytes > largestFile) {
      shards.push([]);
      size = 0;
    }
    shards.at(-1)!.push(tensor);
    size += bytes;
  }
  return shards;
}

/** In alphabetical order: the same weights give the same bytes. */
function storedTensors(model: CausalLm): NamedTensor[] {
  return [...model.decoder.parameters]
    .map(([name, { shape }]) => ({ name, shape, values: () => model.values(name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function writeJson(file: string, content: unknown): void {
  fs.writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}
