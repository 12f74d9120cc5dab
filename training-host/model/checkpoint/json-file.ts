/** The JSON files of a checkpoint: config.json, the index of its shards, an adapter's config. */
import * as fs from "node:fs";
import { UserError } from "../../../contracts/user-error";

/** Larger files are not read: the index of a model with a million tensors has some 100 MB. */
const MOST_BYTES = 200_000_000;

const MOST_LEVELS = 50;

/** @throws UserError "file-missing", "file-unreadable", or "bad-model" where it is not a JSON object. */
export function readJsonObject(file: string): Record<string, unknown> {
  let value: unknown;
  try {
    const facts = fs.statSync(file);
    // Reading a named pipe would wait for someone to write into it.
    if (!facts.isFile())
      throw new UserError("file-unreadable", `${file} cannot be read: it is not a regular file.`);
    const { size } = facts;
    if (size > MOST_BYTES)
      throw new UserError("bad-model", `${file} has ${size} bytes, too many for a config.`);
    value = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    throw explain(file, error as Error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new UserError("bad-model", `${file} is not a JSON object.`);
  if (isDeeper(value, MOST_LEVELS))
    throw new UserError("bad-model", `${file} is nested too deeply for a config.`);
  return value as Record<string, unknown>;
}

/** Whoever writes such a value again would run out of stack. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

function explain(file: string, error: Error): UserError {
  if (error instanceof UserError) return error;
  if (error instanceof SyntaxError)
    return new UserError("bad-model", `${file} is not JSON: ${error.message}.`);
  if ((error as NodeJS.ErrnoException).code === "ENOENT")
    return new UserError("file-missing", `There is no file ${file}.`);
  return new UserError("file-unreadable", `${file} cannot be read: ${error.message}.`, "", { cause: error });
}
