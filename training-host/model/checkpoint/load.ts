/** Loads a model from a folder in the Hugging Face format: config.json and safetensors, in one file or sharded. */
import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../../contracts/user-error";
import type { Backend } from "../../tensor/backend";
import { openDecoder } from "../architectures";
import { CausalLm, type CausalLmOptions } from "../causal-lm";
import type { Decoder } from "../decoder";
import { loadAdapter } from "./adapter";
import { ConfigReader } from "./config-reader";
import { readJsonObject } from "./json-file";
import { SafetensorsFile } from "./safetensors";

const SINGLE_FILE = "model.safetensors";
const INDEX_FILE = "model.safetensors.index.json";

/** Throws UserError "file-missing", "file-unreadable" or "bad-model", naming file and tensor. */
export async function loadCheckpoint(
  folder: string,
  backend: Backend,
  optionsFor: (decoder: Decoder) => CausalLmOptions = () => ({}),
): Promise<CausalLm> {
  const decoder = openDecoder(readConfig(folder));
  const files = openWeights(folder);
  checkWeights(folder, decoder, files);
  return new CausalLm(decoder, backend, (name) => files.get(name)!.read(name), {
    isBfloat16: (name) => files.get(name)!.tensors.get(name)!.dtype === "BF16",
    ...optionsFor(decoder),
  });
}

/**
 * The model of `folder`, with the adapter of `adapterFolder` beside it where one is named.
 * Throws as `loadCheckpoint`, also for an adapter that cannot be read, does not fit, or is no plain LoRA.
 */
export function loadWithAdapter(
  folder: string,
  adapterFolder: string | null,
  backend: Backend,
): Promise<CausalLm> {
  if (adapterFolder === null) return loadCheckpoint(folder, backend);
  return loadCheckpoint(folder, backend, (decoder) => ({ adapters: loadAdapter(decoder, adapterFolder) }));
}

function readConfig(folder: string): ConfigReader {
  if (!fs.existsSync(folder)) throw new UserError("file-missing", `There is no model folder ${folder}.`);
  const file = path.join(folder, "config.json");
  if (!fs.existsSync(file))
    throw new UserError(
      "file-missing",
      `The model folder ${folder} has no config.json.`,
      "Point to a folder in the Hugging Face format.",
    );
  return new ConfigReader(readJsonObject(file), file);
}

/** Every stored tensor's file, by the tensor's name. */
function openWeights(folder: string): Map<string, SafetensorsFile> {
  const index = path.join(folder, INDEX_FILE);
  const single = path.join(folder, SINGLE_FILE);
  if (fs.existsSync(single)) {
    const file = SafetensorsFile.open(single);
    return new Map([...file.tensors.keys()].map((name) => [name, file]));
  }
  if (!fs.existsSync(index))
    throw new UserError(
      "file-missing",
      `The model folder ${folder} has no weights: neither ${SINGLE_FILE} nor ${INDEX_FILE}.`,
      "Weights in other formats (pytorch_model.bin, GGUF) must be converted to safetensors first.",
    );
  return openShards(folder, index);
}

function openShards(folder: string, index: string): Map<string, SafetensorsFile> {
  const shards = new Map<string, SafetensorsFile>();
  const files = new Map<string, SafetensorsFile>();
  for (const [name, shard] of Object.entries(readWeightMap(index))) {
    if (typeof shard !== "string" || path.basename(shard) !== shard)
      throw new UserError(
        "bad-model",
        `${index} places tensor "${name}" in ${JSON.stringify(shard)}, which is not a file of the same folder.`,
      );
    const file = shards.get(shard) ?? SafetensorsFile.open(path.join(folder, shard));
    shards.set(shard, file);
    if (!file.tensors.has(name))
      throw new UserError(
        "bad-model",
        `${index} places tensor "${name}" in ${shard}, which does not have it.`,
      );
    files.set(name, file);
  }
  return files;
}

function readWeightMap(index: string): Record<string, unknown> {
  const map = readJsonObject(index).weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map))
    throw new UserError("bad-model", `${index} has no "weight_map".`);
  return map as Record<string, unknown>;
}

/** All of them before the first large read. A stored head of a tied model is not asked for, and so ignored. */
function checkWeights(folder: string, decoder: Decoder, files: ReadonlyMap<string, SafetensorsFile>): void {
  for (const [name, { shape }] of decoder.parameters) {
    const stored = files.get(name)?.tensors.get(name);
    if (!stored)
      throw new UserError(
        "bad-model",
        `The checkpoint ${folder} has no tensor "${name}", expected one of shape [${shape.join(", ")}].`,
      );
    if (stored.shape.join() !== shape.join())
      throw new UserError(
        "bad-model",
        `Tensor "${name}" of the checkpoint ${folder} has shape [${stored.shape.join(", ")}], expected [${shape.join(", ")}].`,
      );
    if (!["F32", "F16", "BF16"].includes(stored.dtype))
      throw new UserError(
        "bad-model",
        `Tensor "${name}" of the checkpoint ${folder} has type ${stored.dtype}, expected F32, F16 or BF16.`,
      );
  }
}
