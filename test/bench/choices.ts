/** Reads comma-separated choices of a command line. */
import { UserError } from "../../contracts/user-error";

/** @throws UserError "bad-plan" naming what cannot be chosen. */
export function chosen<T extends string>(option: string, text: string, from: readonly T[]): T[] {
  const values = text.split(",").map((value) => value.trim());
  const wrong = values.find((value) => !from.includes(value as T));
  if (wrong === undefined) return values as T[];
  throw new UserError("bad-plan", `--${option} ${wrong} is not one of ${from.join(", ")}.`);
}

/** @throws UserError "bad-plan" unless it is a whole number of at least 1. */
export function count(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new UserError("bad-plan", `--${option} ${text} is not a whole number of at least 1.`);
}

/** Runs a benchmark: a failure the user can do something about is told in a sentence. */
export async function tellFailures(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (error instanceof UserError) console.error([error.message, error.advice].filter(Boolean).join(" "));
    else if (isUnknownOption(error)) console.error(error.message);
    else throw error;
    process.exitCode = 1;
  }
}

/** What `parseArgs` throws. */
function isUnknownOption(error: unknown): error is Error {
  return error instanceof Error && "code" in error && `${error.code}`.startsWith("ERR_PARSE_ARGS");
}
