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
import { loadParameters } from "./load-parameters";
import type { SafetensorsFile } from "./safetensors";
import { checkWeights, openWeights } from "./weight-files";

export interface LoadOptions extends CausalLmOptions {
  /** Where they are not trained, keep weights that are stored as bfloat16 so where the backend computes with them; the default. */
  keepBfloat16?: boolean;
  /** Hears how much is loaded, from 0 to 1. */
  onShare?: (share: number) => void;
}

/** Throws UserError "file-missing", "file-unreadable", "bad-model" or "out-of-memory", naming file and tensor. */
export async function loadCheckpoint(
  folder: string,
  backend: Backend,
  optionsFor: (decoder: Decoder) => LoadOptions = () => ({}),
): Promise<CausalLm> {
  const { decoder, files } = openCheckpoint(folder);
  const { keepBfloat16 = true, onShare, ...options } = optionsFor(decoder);
  try {
    const frozen = (Boolean(options.adapters) || options.frozen === true) && keepBfloat16;
    const parameters = await loadParameters(decoder, backend, files, frozen, onShare);
    return new CausalLm(decoder, backend, parameters, options);
  } catch (error) {
    options.adapters?.dispose();
    decoder.dispose();
    throw error;
  }
}

/**
 * What loading would load: the config and all headers are read and checked, no weight is. Throws as `loadCheckpoint`, so that
 * whoever has much else to do first can ask before.
 */
export function openCheckpoint(folder: string): {
  decoder: Decoder;
  files: ReadonlyMap<string, SafetensorsFile>;
} {
  const decoder = openDecoder(readConfig(folder));
  const files = openWeights(folder);
  checkWeights(folder, decoder, files);
  return { decoder, files };
}

/**
 * The model of `folder` to be used, not trained, with the adapter of `adapterFolder` beside it where one is named.
 * Throws as `loadCheckpoint`, also for an adapter that cannot be read, does not fit, or is no plain LoRA.
 */
export function loadWithAdapter(
  folder: string,
  adapterFolder: string | null,
  backend: Backend,
  onShare: (share: number) => void = () => {},
): Promise<CausalLm> {
  return loadCheckpoint(folder, backend, (decoder) => ({
    ...{ frozen: true, onShare },
    adapters: adapterFolder === null ? null : loadAdapter(decoder, adapterFolder),
  }));
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
