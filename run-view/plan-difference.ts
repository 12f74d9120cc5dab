/** In what two plans differ, by address in the language's spelling (`train.optimizer.weight-decay`). */
import { canonicalJson } from "../contracts/canonical-json";
import type { Plan } from "../contracts/plan";

/** `undefined` where a plan has nothing at the address. */
export interface PlanDifference {
  readonly address: string;
  readonly a: unknown;
  readonly b: unknown;
}

/** Keys and dataset names from the config's root. */
type Path = readonly string[];

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
export function differingPaths([first, ...others]: readonly Plan[]): Path[] {
  if (first === undefined) return [];
  const found = new Map<string, Path>();
  for (const other of others) {
    for (const path of differences([], addressable(first), addressable(other)))
      found.set(addressOf(path), path);
  }
  const isInside = (path: Path) =>
    path.some((_, length) => length > 0 && found.has(addressOf(path.slice(0, length))));
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, path]) => path)
    .filter((path) => !isInside(path));
}

/** `undefined` where the plan has nothing. */
export function valueAt(plan: Plan, path: Path): unknown {
  let value = addressable(plan);
  for (const key of path) value = isRecord(value) ? value[key] : undefined;
  return value;
}

/** Names of datasets are the user's own and stay as they are; keys are spelled with hyphens. */
export function addressOf(path: Path): string {
  return path
    .map((key, index) => {
      const within = path.slice(0, index).join(".");
      const isUsersName = within === "data" || within === "mixture.prior.weights";
      return isUsersName ? key : key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    })
    .join(".");
}

/** The config with its datasets keyed by name. */
function addressable({ config }: Plan): unknown {
  return { ...config, data: Object.fromEntries(config.data.map(({ name, ...dataset }) => [name, dataset])) };
}

function differences(path: Path, a: unknown, b: unknown): Path[] {
  if (isRecord(a) && isRecord(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].flatMap((key) => differences([...path, key], a[key], b[key]));
  }
  if (a === undefined && b === undefined) return [];
  const equal = a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b);
  return equal ? [] : [path];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
