/** The safetensors files of a model folder: one, or shards with an index; and whether they hold what the config promises. */
import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../../contracts/user-error";
import type { Decoder } from "../decoder";
import { readJsonObject } from "./json-file";
import { isFloatType, SafetensorsFile } from "./safetensors";
import { describeShape, shorten } from "./safetensors-header";

export const SINGLE_FILE = "model.safetensors";
export const INDEX_FILE = "model.safetensors.index.json";

/** `model-00002-of-00007.safetensors` */
export function shardName(number: number, count: number): string {
  const digits = (value: number) => String(value).padStart(5, "0");
  return `model-${digits(number)}-of-${digits(count)}.safetensors`;
}

/** Names that weights have in a model folder. */
export function isWeightFile(name: string): boolean {
  return name === SINGLE_FILE || name === INDEX_FILE || /^model-\d{5}-of-\d{5}\.safetensors$/.test(name);
}

/** Every stored tensor's file, by the tensor's name. */
export function openWeights(folder: string): Map<string, SafetensorsFile> {
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
    const tensor = `tensor ${shorten(JSON.stringify(name))}`;
    if (typeof shard !== "string" || path.basename(shard) !== shard)
      throw new UserError(
        "bad-model",
        `${index} places ${tensor} in ${shorten(JSON.stringify(shard))}, which is not a file of the same folder.`,
      );
    const file = shards.get(shard) ?? openShard(path.join(folder, shard), index, tensor);
    shards.set(shard, file);
    if (!file.tensors.has(name))
      throw new UserError("bad-model", `${index} places ${tensor} in ${shard}, which does not have it.`);
    files.set(name, file);
  }
  refuseTwins(index, files, [...shards.values()]);
  return files;
}

function openShard(file: string, index: string, tensor: string): SafetensorsFile {
  try {
    return SafetensorsFile.open(file);
  } catch (error) {
    if (!(error instanceof UserError) || error.reason !== "file-missing") throw error;
    throw new UserError(
      "file-missing",
      `There is no file ${file}, in which ${path.basename(index)} places ${tensor}.`,
      "Download the model's missing files.",
    );
  }
}

/** A tensor that two shards have: which one counts would be chance. */
function refuseTwins(
  index: string,
  files: ReadonlyMap<string, SafetensorsFile>,
  shards: readonly SafetensorsFile[],
): void {
  for (const shard of shards) {
    for (const name of shard.tensors.keys()) {
      const placed = files.get(name);
      if (placed === undefined || placed === shard) continue;
      throw new UserError(
        "bad-model",
        `${index} places tensor ${shorten(JSON.stringify(name))} in ${path.basename(placed.path)}, and ${path.basename(shard.path)} has it, too.`,
        "Download the model's files again.",
      );
    }
  }
}

function readWeightMap(index: string): Record<string, unknown> {
  const map = readJsonObject(index).weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map))
    throw new UserError("bad-model", `${index} has no "weight_map".`);
  return map as Record<string, unknown>;
}

/** All of them before the first large read. A stored head of a tied model is not asked for, and so ignored. */
export function checkWeights(
  folder: string,
  decoder: Decoder,
  files: ReadonlyMap<string, SafetensorsFile>,
): void {
  for (const [name, { shape }] of decoder.parameters) {
    const expected = `[${shape.join(", ")}]`;
    const file = files.get(name);
    const stored = file?.tensors.get(name);
    if (!file || !stored)
      throw new UserError(
        "bad-model",
        `The checkpoint ${folder} has no tensor "${name}", expected one of shape ${expected}.`,
      );
    if (stored.shape.join() !== shape.join())
      throw new UserError(
        "bad-model",
        `Tensor "${name}" of ${file.path} has shape ${describeShape(stored.shape)}, expected ${expected}.`,
      );
    if (!isFloatType(stored.dtype))
      throw new UserError(
        "bad-model",
        `Tensor "${name}" of ${file.path} has type ${stored.dtype}, expected F32, F16 or BF16.`,
      );
  }
}
