/** What `plan` and `run` are given alike: which runs of a file, and how it is changed for this once. */
import { type Command, InvalidArgumentError } from "commander";

export interface PlanOptions {
  profile?: string;
  /** `address=value`, the value in the language's own spelling. */
  set: string[];
}

export function withPlanOptions(command: Command): Command {
  return withPlanChanges(
    command
      .argument("<file>", "the .mos file")
      .argument("[name...]", "experiments, ablations (experiment/ablation) or sweeps; none: everything"),
  );
}

export function withPlanChanges(command: Command): Command {
  return command
    .option("--profile <name>", "with this profile of the file")
    .option("--set <address=value>", "change one value for this once; can be repeated", addAssignment, []);
}

function addAssignment(text: string, before: string[]): string[] {
  if (!/^[^=\s]+=/.test(text)) {
    throw new InvalidArgumentError("It must be address=value, such as train.steps=100.");
  }
  return [...before, text];
}
