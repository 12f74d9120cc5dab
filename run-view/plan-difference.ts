/** In what two plans differ, by address in the language's spelling (`train.optimizer.weight-decay`). */
import { canonicalJson } from "../contracts/canonical-json";
import type { Plan } from "../contracts/plan";
import { addressable, addressOf, type ConfigPath, isRecord } from "./resolved-values";

/**
 * Where the plans' configs are not all equal (names, files and origins do not count), sorted by address. Datasets are matched by
 * name, whatever their order. A part that only some plans have is one difference: no path is inside another.
 */
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
