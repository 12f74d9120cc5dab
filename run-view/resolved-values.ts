/** Every value of a plan's config by its address in the language's spelling, with where it came from. */
import type { Origin, Plan } from "../contracts/plan";

/** Keys and dataset names from the config's root, as the plan spells them. */
export type ConfigPath = readonly string[];

export interface ResolvedValue {
  /** `train.optimizer.weight-decay`; datasets by name. */
  readonly address: string;
  readonly value: unknown;
  /** Its own, or that of the statement that it is a part of. */
  readonly origin: Origin;
}

/** In the order of a `.mos` file. Lists and empty groups are values; null is one, too. */
export function resolvedValues(plan: Plan): ResolvedValue[] {
  return leaves(addressable(plan), []).map(({ path, value }) => {
    const address = addressOf(path);
    return { address, value, origin: originOf(address, plan.origins) };
  });
}

/** The config with its datasets keyed by name. */
export function addressable({ config }: Plan): Readonly<Record<string, unknown>> {
  const { seed, model, data, ...rest } = config;
  const { name: modelName, ...source } = model;
  return {
    seed,
    model: { name: modelName, ...source },
    data: Object.fromEntries(data.map(({ name, ...dataset }) => [name, dataset])),
    ...rest,
  };
}

/** Where the plan groups what the language does not: `train.duration.steps` is written `train.steps`. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/^train\.duration\./, "train."],
  [/^model\.name$/, "model"],
  [/^model\.scratch\.architecture$/, "model.scratch.kind"],
];

/** Names of datasets are the user's own and stay as they are; keys are spelled with hyphens. */
export function addressOf(path: ConfigPath): string {
  const isUsersName = (index: number) =>
    index > 0 && ["data", "mixture.prior.weights"].includes(path.slice(0, index).join("."));
  const address = path.map((key, index) => (isUsersName(index) ? key : kebabCase(key))).join(".");
  return spellings.reduce((text, [from, to]) => text.replace(from, to), address);
}

/** How the language writes that there is no value (in a plan: null) at `address`. */
export function noValueWord(address: string): string {
  return noValueWords[address] ?? "none";
}

const noValueWords: Readonly<Record<string, string>> = { "launch.threads": "auto", "eval.samples": "all" };

/** `default`, `--set`, or the layer with file and line. */
export function originText(origin: Origin): string {
  if (origin.layer === "default") return "default";
  return origin.layer === "set" ? "--set" : `${origin.layer}, ${origin.file}:${origin.line}`;
}

/** The language's spelling of a key: `weightDecay` is `weight-decay`. */
export function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function originOf(address: string, origins: Plan["origins"]): Origin {
  for (let at = address; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    const origin = origins[at];
    if (origin) return origin;
  }
  return { layer: "default" };
}

function leaves(value: unknown, path: ConfigPath): { path: ConfigPath; value: unknown }[] {
  if (!isRecord(value) || Object.keys(value).length === 0) return [{ path, value }];
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .flatMap(([key, member]) => leaves(member, [...path, key]));
}
