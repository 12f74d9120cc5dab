import type { Origin, Plan } from "../../contracts/plan";
import { configValueText, kebabCase } from "../config-value-text";

export interface ConfigEntry {
  /** In the language's spelling: `train.optimizer.weight-decay`. */
  address: string;
  value: string;
  /** Where the value came from: "default", or the layer with file and line. */
  origin: string;
}

/** Every resolved value of the plan by address, in the config's order. Null values are left out: they mean "not used". */
export function configEntries(plan: Plan): ConfigEntry[] {
  return leaves(plan.config, []).map(({ path, value }) => {
    const address = addressOf(path);
    return { address, value: configValueText(value), origin: originText(originOf(address, plan.origins)) };
  });
}

interface Leaf {
  path: string[];
  value: unknown;
}

function leaves(value: unknown, path: string[]): Leaf[] {
  if (value === null || value === undefined) return [];
  if (isNamedList(value)) return value.flatMap(({ name, ...rest }) => leaves(rest, [...path, name]));
  if (typeof value !== "object" || Array.isArray(value)) return [{ path, value }];
  // The weights of a fixed prior are keyed by datasets' names, which are the user's.
  const spelled = path.join(".") === "mixture.prior.weights" ? (key: string) => key : kebabCase;
  return Object.entries(value).flatMap(([key, member]) => leaves(member, [...path, spelled(key)]));
}

/** A list whose members have names is addressed by name, never by position. */
function isNamedList(value: unknown): value is { name: string }[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((member) => typeof member === "object" && member !== null && typeof member.name === "string")
  );
}

/** Where the plan groups what the language does not: `train.duration.steps` is written `train.steps`. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/^train\.duration\./, "train."],
  [/^model\.name$/, "model"],
  [/^model\.scratch\.architecture$/, "model.scratch.kind"],
];

function addressOf(path: readonly string[]): string {
  return spellings.reduce((address, [from, to]) => address.replace(from, to), path.join("."));
}

/** The value's own origin, or that of the statement that it is a part of. */
function originOf(address: string, origins: Plan["origins"]): Origin | undefined {
  for (let at = address; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    const origin = origins[at];
    if (origin) return origin;
  }
  return undefined;
}

function originText(origin: Origin | undefined): string {
  if (!origin || origin.layer === "default") return "default";
  if (origin.layer === "set") return "--set";
  return `${origin.layer}, ${origin.file}:${origin.line}`;
}
