/** An adapter in the form that PEFT reads and writes: adapter_config.json and adapter_model.safetensors. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { LoraConfig } from "../../../contracts/plan";
import { UserError } from "../../../contracts/user-error";
import { makeFolders } from "../../../run-folder/make-folders";
import type { Random } from "../../random";
import { firstNotFinite } from "../../tensor/stored-numbers";
import type { Decoder } from "../decoder";
import {
  type AdapterConfig,
  adaptable,
  adapterName,
  LowRankAdapters,
  layerOf,
  scaleOf,
} from "../low-rank-adapters";
import {
  ADAPTER_CONFIG_FILE,
  disagreement,
  peftConfig,
  readAdapterConfig,
  type StoredAdapterConfig,
  valueFor,
} from "./adapter-config";
import { notFinite } from "./load-parameters";
import { SafetensorsFile, writeSafetensors } from "./safetensors";
import { type StoredTensor, shorten } from "./safetensors-header";

const WEIGHTS_FILE = "adapter_model.safetensors";
const PICKLED_FILE = "adapter_model.bin";

/**
 * Creates `folder` if needed and overwrites what has the same name in it. `baseModel`: the folder or the Hub's name of the
 * frozen model; null for one that was never saved. Errors of the file system pass through.
 */
export async function saveAdapter(
  adapters: LowRankAdapters,
  folder: string,
  baseModel: string | null,
): Promise<void> {
  makeFolders(path.resolve(folder));
  const config = peftConfig(adapters.config, baseModel);
  fs.writeFileSync(path.join(folder, ADAPTER_CONFIG_FILE), `${JSON.stringify(config, null, 2)}\n`);
  const tensors = [...adapters.parameters]
    .map(([name, parameter]) => ({
      name,
      shape: parameter.shape,
      values: () => parameter.data<"float32">(),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  await writeSafetensors(path.join(folder, WEIGHTS_FILE), tensors, "F32");
}

/** The adapter in `folder`, beside the layers of `decoder`. @throws UserError when it cannot be read or does not fit. */
export function loadAdapter(decoder: Decoder, folder: string): LowRankAdapters {
  const config = readAdapterConfig(folder);
  const matrices = readMatrices(decoder, folder, config);
  const adapters = new LowRankAdapters(decoder, describe(config, matrices), null);
  try {
    fill(adapters, matrices);
    return adapters;
  } catch (error) {
    adapters.dispose();
    throw error;
  }
}

/**
 * The adapters that a plan asks for, beside the layers of `decoder`: fresh ones, or those in `folder` to go on from. What the
 * plan says of those must be what they are. @throws UserError when they cannot be read, or differ.
 */
export function openPlannedAdapters(
  decoder: Decoder,
  planned: LoraConfig,
  random: Random,
  folder: string | null,
): LowRankAdapters {
  if (folder === null) return new LowRankAdapters(decoder, planned, random);
  const stored = readAdapterConfig(folder);
  const matrices = readMatrices(decoder, folder, stored);
  const adapters = new LowRankAdapters(decoder, planned, null);
  try {
    requireAgreement(folder, describe(stored, matrices), adapters);
    fill(adapters, matrices);
  } catch (error) {
    adapters.dispose();
    throw error;
  }
  return adapters;
}

/** Gives the adapters the values that a checkpoint of theirs has. @throws UserError "bad-model" when they do not fit. */
export function restoreAdapter(adapters: LowRankAdapters, folder: string): void {
  const file = SafetensorsFile.open(path.join(folder, WEIGHTS_FILE));
  for (const [name, { shape }] of adapters.parameters)
    requireShape(file, name, file.tensors.get(name), shape);
  for (const name of adapters.parameters.keys()) adapters.assign(name, file.read(name));
}

/** The two matrices beside one layer, as they are stored. */
interface StoredMatrices {
  rank: number;
  /** Names in `file`. */
  down: string;
  up: string;
  file: SafetensorsFile;
}

/** By layer, in the model's order; every tensor of the file has its place, and fits. */
function readMatrices(
  decoder: Decoder,
  folder: string,
  config: StoredAdapterConfig,
): Map<string, StoredMatrices> {
  const file = openWeightsFile(folder);
  const names = namesInFile(file);
  const found = new Map<string, StoredMatrices>();
  for (const [weight, { shape }] of adaptable(decoder)) {
    const layer = layerOf(weight);
    const [down, up] = [take(names, adapterName(layer, "lora_A")), take(names, adapterName(layer, "lora_B"))];
    if (down === undefined && up === undefined) continue;
    const rank = valueFor(layer, config.rankPattern, config.rank);
    const [out, input] = shape;
    requireShape(file, adapterName(layer, "lora_A"), file.tensors.get(down ?? ""), [rank, input]);
    requireShape(file, adapterName(layer, "lora_B"), file.tensors.get(up ?? ""), [out, rank]);
    found.set(layer, { rank, down: down!, up: up!, file });
  }
  const [foreign] = names.values();
  if (foreign !== undefined)
    throw new UserError(
      "bad-model",
      `The adapter ${file.path} has tensor ${shorten(JSON.stringify(foreign))}, which stands beside no linear layer of the model; the embedding and the head can have none.`,
      "Use the adapter beside the model that it was trained for.",
    );
  if (found.size === 0) throw new UserError("bad-model", `The adapter ${file.path} has no tensors.`);
  return found;
}

function openWeightsFile(folder: string): SafetensorsFile {
  const file = path.join(folder, WEIGHTS_FILE);
  if (!fs.existsSync(file) && fs.existsSync(path.join(folder, PICKLED_FILE)))
    throw new UserError(
      "file-missing",
      `The adapter ${folder} has its weights in ${PICKLED_FILE} only, a format that can run code when it is read.`,
      "Load it with PEFT and save it again: `save_pretrained` writes adapter_model.safetensors.",
    );
  return SafetensorsFile.open(file);
}

/** The file's names by PEFT's names in files: without the adapter's own name, which it has in memory (`.default`). */
function namesInFile(file: SafetensorsFile): Map<string, string> {
  const names = new Map<string, string>();
  for (const stored of file.tensors.keys()) {
    const name = stored.replace(/\.(lora_[AB])\.[^.]+\.weight$/, ".$1.weight");
    const other = names.get(name);
    if (other !== undefined)
      throw new UserError(
        "bad-model",
        `The adapter ${file.path} has both ${shorten(JSON.stringify(other))} and ${shorten(JSON.stringify(stored))}, which are the same matrix.`,
      );
    names.set(name, stored);
  }
  return names;
}

function take(names: Map<string, string>, name: string): string | undefined {
  const stored = names.get(name);
  names.delete(name);
  return stored;
}

function requireShape(
  { path }: SafetensorsFile,
  name: string,
  stored: StoredTensor | undefined,
  shape: readonly number[],
): void {
  if (stored?.shape.join() === shape.join()) return;
  throw new UserError(
    "bad-model",
    `The adapter ${path} has ${stored ? `tensor "${name}" of shape [${stored.shape.join(", ")}]` : `no tensor "${name}"`}, expected shape [${shape.join(", ")}].`,
  );
}

/** Whole names of layers, because the matrices may stand beside some layers only. */
function describe(
  { rank, alpha, dropout, rankStabilised, alphaPattern }: StoredAdapterConfig,
  matrices: ReadonlyMap<string, StoredMatrices>,
): AdapterConfig {
  const layers = [...matrices.keys()];
  const others = (of: (layer: string) => number, usual: number) =>
    new Map(layers.map((layer) => [layer, of(layer)] as const).filter(([, value]) => value !== usual));
  return {
    ...{ rank, alpha, dropout, rankStabilised },
    targets: layers,
    ranks: others((layer) => matrices.get(layer)!.rank, rank),
    alphas: others((layer) => valueFor(layer, alphaPattern, alpha), alpha),
  };
}

function fill(adapters: LowRankAdapters, matrices: ReadonlyMap<string, StoredMatrices>): void {
  for (const [layer, { file, down, up }] of matrices) {
    adapters.assign(adapterName(layer, "lora_A"), readFinite(file, down));
    adapters.assign(adapterName(layer, "lora_B"), readFinite(file, up));
  }
}

function readFinite(file: SafetensorsFile, name: string): Float32Array {
  const values = file.read(name);
  const wrong = firstNotFinite(values);
  if (wrong >= 0) throw notFinite(name, file, file.tensors.get(name)!.shape, wrong);
  return values;
}

/** Layer by layer: ranks, scales, and that both stand beside the same layers. */
function requireAgreement(folder: string, stored: AdapterConfig, adapters: LowRankAdapters): void {
  const { config: planned, layers } = adapters;
  const [ours, theirs] = [lastParts(layers), lastParts(stored.targets)];
  if (ours !== theirs) throw disagreement(folder, "targets", theirs, ours);
  for (const layer of stored.targets) {
    const rank = stored.ranks?.get(layer) ?? stored.rank;
    if (rank !== planned.rank) throw disagreement(folder, "rank", `${rank}`, `${planned.rank}`);
    const alpha = scaleOf(stored, layer) * rank;
    if (Math.abs(alpha / planned.alpha - 1) > 1e-6)
      throw disagreement(folder, "alpha", `${alpha}`, `${planned.alpha}`);
  }
  const lacking = layers.find((layer) => !stored.targets.includes(layer));
  if (lacking !== undefined)
    throw new UserError(
      "bad-model",
      `The adapter ${folder} stands beside some layers only: it has nothing for ${lacking}, where the model's lora wants one.`,
      "Leave out `from`, or choose an adapter of all layers.",
    );
}

/** `q_proj, v_proj`, as a plan's targets are written. */
function lastParts(layers: readonly string[]): string {
  return [...new Set(layers.map((layer) => layer.slice(layer.lastIndexOf(".") + 1)))].sort().join(", ");
}
