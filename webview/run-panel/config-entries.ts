import type { Plan } from "../../contracts/plan";
import { configValueText, kebabCase } from "../config-value-text";

export interface ConfigEntry {
  /** In the language's spelling: `train.optimizer.weight-decay`. */
  address: string;
  value: string;
  /** Where the value came from: "default", or the layer with file and line; empty when the plan does not say. */
  origin: string;
}

/** Every resolved value of the plan by address, in the config's order. Null values are left out: they mean "not used". */
export function configEntries(plan: Plan): ConfigEntry[] {
  return leaves(plan.config, []).map(({ path, value }) => {
    const address = path.join(".");
    return { address, value: configValueText(value), origin: originText(plan, address) };
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
  return Object.entries(value).flatMap(([key, member]) => leaves(member, [...path, kebabCase(key)]));
}

/** A list whose members have names is addressed by name, never by position. */
function isNamedList(value: unknown): value is { name: string }[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((member) => typeof member === "object" && member !== null && typeof member.name === "string")
  );
}

function originText(plan: Plan, address: string): string {
  const origin = plan.origins[address];
  if (!origin) return "";
  if (origin.layer === "default") return "default";
  if (origin.layer === "set") return "--set";
  return `${origin.layer}, ${origin.file}:${origin.line}`;
}
