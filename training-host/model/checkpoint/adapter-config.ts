/**
 * adapter_config.json as PEFT reads and writes it (https://huggingface.co/docs/peft/package_reference/lora, releases 0.12 to
 * 0.21). What would compute something else than a plain LoRA is refused by its key, and so is what later releases add.
 */
import * as path from "node:path";
import { UserError } from "../../../contracts/user-error";
import type { AdapterConfig } from "../low-rank-adapters";
import { ConfigReader } from "./config-reader";
import { readJsonObject } from "./json-file";

export const ADAPTER_CONFIG_FILE = "adapter_config.json";

/** What the config says; which layers have an adapter, and of which rank, is seen from the stored matrices. */
export interface StoredAdapterConfig {
  rank: number;
  alpha: number;
  dropout: number;
  rankStabilised: boolean;
  /** Ranks and alphas of some layers, by whole names or their last parts; the first that fits counts. */
  rankPattern: ReadonlyMap<string, number>;
  alphaPattern: ReadonlyMap<string, number>;
}

const readHere = [
  "peft_type",
  "task_type",
  "r",
  "lora_alpha",
  "lora_dropout",
  "use_rslora",
  "rank_pattern",
  "alpha_pattern",
  "init_lora_weights",
  "bias",
];

/** They chose the layers when the adapter was made; the stored matrices tell which they were. */
const choices = ["target_modules", "exclude_modules", "layers_to_transform", "layers_pattern"];

/** They do not change what the stored matrices mean. */
const remarks = [
  "auto_mapping",
  "base_model_name_or_path",
  "revision",
  "inference_mode",
  "peft_version",
  "megatron_core",
  "loftq_config",
  "eva_config",
  "corda_config",
  "lora_ga_config",
  "qalora_group_size",
  "runtime_config",
];

/** Starts that leave the base model's weights alone; others (PiSSA, OLoRA, LoftQ, ...) change them. */
const plainStarts = [true, false, "gaussian", "eva", "orthogonal"];

/** @throws UserError "file-missing", "file-unreadable" or "bad-model", naming the key. */
export function readAdapterConfig(folder: string): StoredAdapterConfig {
  const file = path.join(folder, ADAPTER_CONFIG_FILE);
  const config = new ConfigReader(readJsonObject(file), file);
  refuseOtherMethods(config);
  return {
    rank: config.positiveInteger("r"),
    alpha: config.positive("lora_alpha"),
    dropout: readDropout(config),
    rankStabilised: config.flag("use_rslora", false),
    rankPattern: readPattern(config, "rank_pattern", "positiveInteger"),
    alphaPattern: readPattern(config, "alpha_pattern", "positive"),
  };
}

/** The value for a layer: of the first pattern that names it, as PEFT looks it up. */
export function valueFor(layer: string, pattern: ReadonlyMap<string, number>, otherwise: number): number {
  for (const [name, value] of pattern) {
    const whole = name.startsWith("^") ? name.slice(1) : null;
    if (whole === null ? layer === name || layer.endsWith(`.${name}`) : layer === whole) return value;
  }
  return otherwise;
}

/** The keys of PEFT's LoraConfig that say something here. `baseModel`: where the frozen model is; null: nowhere. */
export function peftConfig(adapter: AdapterConfig, baseModel: string | null): Record<string, unknown> {
  const entries = (pattern: ReadonlyMap<string, number> | undefined) => Object.fromEntries(pattern ?? []);
  return {
    alpha_pattern: entries(adapter.alphas),
    base_model_name_or_path: baseModel,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: adapter.alpha,
    lora_dropout: adapter.dropout,
    modules_to_save: null,
    peft_type: "LORA",
    r: adapter.rank,
    rank_pattern: entries(adapter.ranks),
    target_modules: adapter.targets,
    task_type: "CAUSAL_LM",
    use_dora: false,
    use_rslora: adapter.rankStabilised ?? false,
  };
}

function refuseOtherMethods(config: ConfigReader): void {
  const type = config.text("peft_type");
  if (type !== "LORA") config.fail(`peft_type is ${JSON.stringify(type)}, and only "LORA" is supported`);
  config.refuseUnless("bias", "none", "the biases");
  config.refuseUnless("task_type", "CAUSAL_LM", "the task");
  const start = config.json.init_lora_weights ?? true;
  if (!plainStarts.includes(start as string | boolean))
    config.fail(
      `init_lora_weights is ${JSON.stringify(start)}, which changes the base model's weights; save the adapter as a plain LoRA (PEFT's path_initial_model_for_weight_conversion)`,
    );
  const known = new Set([...readHere, ...choices, ...remarks]);
  for (const [key, value] of Object.entries(config.json)) {
    if (!known.has(key) && !saysNothing(value))
      config.fail(`${key} is ${JSON.stringify(value)?.slice(0, 80)}, which is not supported`);
  }
}

/** PEFT writes a key for everything that it can do, with one of these where it is not used. */
function saysNothing(value: unknown): boolean {
  if (value === null || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function readDropout(config: ConfigReader): number {
  const dropout = config.json.lora_dropout ?? 0;
  if (typeof dropout !== "number" || !(dropout >= 0 && dropout < 1))
    config.fail(`"lora_dropout" must be a number from 0 to below 1, found ${JSON.stringify(dropout)}`);
  return dropout;
}

/** PEFT takes its keys for regular expressions; names of layers are all that is understood here. */
function readPattern(
  config: ConfigReader,
  key: string,
  kind: "positive" | "positiveInteger",
): Map<string, number> {
  const section = config.section(key);
  const pattern = new Map<string, number>();
  for (const name of Object.keys(section?.json ?? {})) {
    if (!/^\^?[\w.]+$/.test(name))
      config.fail(
        `${key} has the regular expression ${JSON.stringify(name)}, and only names of layers are supported`,
      );
    pattern.set(name, section![kind](name));
  }
  return pattern;
}

/** An error that tells what the plan and the adapter say. */
export function disagreement(folder: string, subject: string, stored: string, planned: string): UserError {
  return new UserError(
    "bad-model",
    `The adapter ${folder} has ${subject} ${stored}, but the model's lora has ${planned}.`,
    `Write ${subject} ${stored} in the model's lora, or leave out \`from\`.`,
  );
}
