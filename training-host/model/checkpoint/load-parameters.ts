/** Reads a model's parameters out of safetensors files, each right into the memory where it stays. */
import * as tf from "@tensorflow/tfjs-core";
import { UserError } from "../../../contracts/user-error";
import type { Backend } from "../../tensor/backend";
import { NotFiniteError, type StoredNumbers } from "../../tensor/stored-numbers";
import type { Decoder } from "../decoder";
import { adaptable } from "../low-rank-adapters";
import { type SafetensorsFile, storedBytes } from "./safetensors";

type Reader = Awaited<ReturnType<SafetensorsFile["reader"]>>;

/** Small tensors are loaded side by side, so that one is read while another is looked at; a large one alone. */
const BYTES_UNDER_WAY = 2 ** 24;

/**
 * In the model's order. `files`: each parameter's. `frozen`: weights of linear layers that are stored as bfloat16 are kept so,
 * where the backend computes with them. `onShare` hears how much is there, from 0 to 1.
 * @throws UserError "bad-model" for a number that is infinite or none; nothing is kept then.
 */
export async function loadParameters(
  decoder: Decoder,
  backend: Backend,
  files: ReadonlyMap<string, SafetensorsFile>,
  frozen: boolean,
  onShare: (share: number) => void = () => {},
): Promise<Map<string, tf.Variable>> {
  const halvable = frozen ? weightsToHalve(decoder, backend) : new Set<string>();
  const readers = new Map<SafetensorsFile, Reader>();
  const parameters = new Map<string, tf.Variable>();
  const failures: { name: string; error: unknown }[] = [];
  const underWay = new Map<Promise<void>, number>();
  const bytesUnderWay = () => [...underWay.values()].reduce((sum, bytes) => sum + bytes, 0);
  try {
    for (const name of decoder.parameters.keys()) {
      while (bytesUnderWay() >= BYTES_UNDER_WAY) await Promise.race(underWay.keys());
      if (failures.length > 0) break;
      const file = files.get(name)!;
      const reader = readers.get(file) ?? (await file.reader());
      readers.set(file, reader);
      const numbers = reader.numbers(name);
      const asPairs = numbers.dtype === "BF16" && halvable.has(name);
      const loading = loadParameter(backend, name, file, numbers, asPairs)
        .then(
          (parameter) => {
            parameters.set(name, parameter);
            onShare(parameters.size / decoder.parameters.size);
          },
          (error) => void failures.push({ name, error }),
        )
        .finally(() => underWay.delete(loading));
      underWay.set(loading, storedBytes(numbers.shape, numbers.dtype));
    }
  } catch (error) {
    failures.push({ name: "", error });
  }
  await Promise.all(underWay.keys());
  for (const reader of readers.values()) await reader.close();
  const names = [...decoder.parameters.keys()];
  if (failures.length === 0) return new Map(names.map((name) => [name, parameters.get(name)!]));
  for (const parameter of parameters.values()) parameter.dispose();
  // Whichever came first, the message is the same every time.
  const place = ({ name }: { name: string }) => names.indexOf(name);
  throw failures.sort((a, b) => place(a) - place(b))[0]!.error;
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
