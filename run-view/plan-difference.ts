/** In what two plans differ, by address in the language's spelling (`train.optimizer.weight-decay`). */
import { canonicalJson } from "../contracts/canonical-json";
import type { Plan } from "../contracts/plan";
import { addressable, addressOf, type ConfigPath, isRecord } from "./resolved-values";

/** `undefined` where a plan has nothing at the address. */
export interface PlanDifference {
  readonly address: string;
  readonly a: unknown;
  readonly b: unknown;
}

/**
 * Differences of meaning (of the configs; not of names, files or origins), sorted by address. Datasets are matched by name,
 * whatever their order. A part that only one plan has is one difference: its value is the whole part.
 */
export function differencePlans(a: Plan, b: Plan): PlanDifference[] {
  return differingPaths([a, b]).map((path) => ({
    address: addressOf(path),
    a: valueAt(a, path),
    b: valueAt(b, path),
  }));
}

/** Where the plans are not all equal, sorted by address; no path is inside another. */
export function differingPaths([first, ...others]: readonly Plan[]): ConfigPath[] {
  if (first === undefined) return [];
  const found = new Map<string, ConfigPath>();
  for (const other of others) {
    for (const path of differences([], addressable(first), addressable(other)))
      found.set(addressOf(path), path);
  }
  const isInside = (path: ConfigPath) =>
    path.some((_, length) => length > 0 && found.has(addressOf(path.slice(0, length))));
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, path]) => path)
    .filter((path) => !isInside(path));
}

/** `undefined` where the plan has nothing. */
export function valueAt(plan: Plan, path: ConfigPath): unknown {
  let value: unknown = addressable(plan);
  for (const key of path) value = isRecord(value) ? value[key] : undefined;
  return value;
}

function differences(path: ConfigPath, a: unknown, b: unknown): ConfigPath[] {
  if (isRecord(a) && isRecord(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].flatMap((key) => differences([...path, key], a[key], b[key]));
  }
  if (a === undefined && b === undefined) return [];
  const equal = a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b);
  return equal ? [] : [path];
}
