/** Options of the commands that load a model. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { type BackendChoice, backendChoices } from "../../contracts/backend";

export interface ModelOptions {
  model: string;
  adapter?: string;
  template?: string;
  backend: BackendChoice;
  threads?: number;
  runs?: string;
}

export function withModelOptions(command: Command): Command {
  return command
    .requiredOption(
      "--model <model>",
      "a folder in the Hugging Face format, a run (its id, the beginning of one, or its folder: its last checkpoint), or org/name on the Hub",
    )
    .option("--adapter <folder>", "a LoRA adapter in PEFT's format beside the model's weights")
    .option(
      "--template <words>",
      "how conversations are written, as `template` in a .mos file: own, none, chatml, vicuna, or file \"PATH\" (default: the run's, or the model's own)",
    )
    .addOption(
      new Option("--backend <backend>", "what computes; see `mos doctor`")
        .choices(backendChoices)
        .default("auto"),
    )
    .option("--threads <number>", "threads that compute (default: the machine's cores)", wholeNumber(1))
    .option("--runs <folder>", "where the runs are");
}

/** Parses a whole number that is not below `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It takes a whole number from ${least} on.`);
  };
}

/** Parses a number for which `isAllowed`; `what` says which are. */
export function number(what: string, isAllowed: (value: number) => boolean): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isFinite(value) && isAllowed(value)) return value;
    throw new InvalidArgumentError(`It takes ${what}.`);
  };
}
