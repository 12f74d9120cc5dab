/** In what two plans differ, by address in the language's spelling (`train.optimizer.weight-decay`). */
import { canonicalJson } from "../contracts/canonical-json";
import type { Plan } from "../contracts/plan";

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
  const differences = difference("", addressable(a), addressable(b));
  return differences.sort((x, y) => (x.address < y.address ? -1 : 1));
}

/** The config with its datasets keyed by name. */
function addressable({ config }: Plan): unknown {
  return { ...config, data: Object.fromEntries(config.data.map(({ name, ...dataset }) => [name, dataset])) };
}

function difference(address: string, a: unknown, b: unknown): PlanDifference[] {
  if (isRecord(a) && isRecord(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].flatMap((key) => difference(memberAddress(address, key), a[key], b[key]));
  }
  if (a === undefined && b === undefined) return [];
  const equal = a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b);
  return equal ? [] : [{ address, a, b }];
}

/** Names of datasets are the user's own and stay as they are; keys are spelled with hyphens. */
function memberAddress(address: string, key: string): string {
  const isUsersName = address === "data" || address === "mixture.prior.weights";
  const spelled = isUsersName ? key : key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return address === "" ? spelled : `${address}.${spelled}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
