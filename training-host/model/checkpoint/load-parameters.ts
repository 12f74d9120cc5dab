/** Reads a model's parameters out of safetensors files, each right into the memory where it stays. */
import * as tf from "@tensorflow/tfjs-core";
import { UserError } from "../../../contracts/user-error";
import type { Backend } from "../../tensor/backend";
import { NotFiniteError, type StoredNumbers } from "../../tensor/stored-numbers";
import type { Decoder } from "../decoder";
import { adaptable } from "../low-rank-adapters";
import type { SafetensorsFile } from "./safetensors";

/**
 * One after the other, so that at most one tensor is in memory beside those of the model. `files`: each parameter's. `frozen`:
 * weights of linear layers that are stored as bfloat16 are kept so, where the backend computes with them.
 * @throws UserError "bad-model" for a number that is infinite or none; nothing is kept then.
 */
export async function loadParameters(
  decoder: Decoder,
  backend: Backend,
  files: ReadonlyMap<string, SafetensorsFile>,
  frozen: boolean,
): Promise<Map<string, tf.Variable>> {
  const halvable = frozen ? weightsToHalve(decoder, backend) : new Set<string>();
  const readers = new Map<SafetensorsFile, Awaited<ReturnType<SafetensorsFile["reader"]>>>();
  const parameters = new Map<string, tf.Variable>();
  try {
    for (const name of decoder.parameters.keys()) {
      const file = files.get(name)!;
      const reader = readers.get(file) ?? (await file.reader());
      readers.set(file, reader);
      const numbers = reader.numbers(name);
      const asPairs = numbers.dtype === "BF16" && halvable.has(name);
      parameters.set(name, await loadParameter(backend, name, file, numbers, asPairs));
    }
    return parameters;
  } catch (error) {
    for (const parameter of parameters.values()) parameter.dispose();
    throw error;
  } finally {
    for (const reader of readers.values()) await reader.close();
  }
}

async function loadParameter(
  backend: Backend,
  name: string,
  file: SafetensorsFile,
  numbers: StoredNumbers,
  asPairs: boolean,
): Promise<tf.Variable> {
  try {
    const value = await backend.load(numbers, asPairs);
    const parameter = tf.variable(value);
    value.dispose();
    return parameter;
  } catch (error) {
    throw error instanceof NotFiniteError ? notFinite(name, file, numbers.shape, error.index) : error;
  }
}

/** Weights of linear layers, two of whose numbers go into one. */
function weightsToHalve(decoder: Decoder, { operations }: Backend): Set<string> {
  if (!operations.bfloat16Weights) return new Set();
  const even = adaptable(decoder).filter(([, { shape }]) => shape[1] % 2 === 0);
  return new Set(even.map(([name]) => name));
}

/** `index` counts row by row; people look for row and column. */
export function notFinite(
  name: string,
  { path }: SafetensorsFile,
  shape: readonly number[],
  index: number,
): UserError {
  const place = shape.map((_, axis) => {
    const below = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
    return Math.floor(index / below) % shape[axis]!;
  });
  return new UserError(
    "bad-model",
    `Tensor "${name}" of ${path} is infinite or not a number at [${place.join(", ")}].`,
    "The checkpoint was damaged, or saved from training that had diverged: use another one.",
  );
}
