/**
 * Layers of assignments to one config. Later layers win: defaults, experiment, ablation or sweep point, profile, --set.
 * The config is built by walking the schema table, so that every value has an address and an origin.
 */
import type { Config } from "../../contracts/plan";
import type { Assignment, Bound } from "./assignments";
import { either } from "./nearest-name";
import type { Declaration, SourceFile } from "./references";
import { datasetKeys } from "./schema/dataset";
import { experimentKeys } from "./schema/experiment";
import type { Json, Key } from "./schema/key";
import { modelKeys } from "./schema/model";
import { type Layer, type Misfits, refuse, Settings, type Source } from "./settings";
import { type Leaf, type Leaves, TableWalk } from "./table-walk";

/** One run's values by address, in the order of the table. */
export interface Resolved {
  readonly experiment: Declaration;
  readonly leaves: ReadonlyMap<string, Leaf>;
  readonly config: Config;
}

/** What the blocks that an experiment refers to say; `from` is the file in which the name is written. */
export interface Blocks {
  model(name: string, from: SourceFile): Bound | null;
  dataset(name: string, from: SourceFile): Bound | null;
}

/**
 * The resolved run; null when a layer could not be applied, which has been reported. A profile and --set are meant for many
 * runs: what does not apply to this one goes to `misfits` instead.
 */
export function resolve(
  experiment: Declaration,
  layers: readonly Layer[],
  blocks: Blocks,
  misfits: Misfits,
): Resolved | null {
  const settings = new Settings(true, misfits);
  layers.forEach(({ name, bound }, rank) => {
    settings.applyLayer(bound.assignments, name, rank);
  });
  const inner = settings.inner;
  const walk = new TableWalk(settings);
  walk.keys(experimentKeys, "");
  const model = modelSettings(walk.leaves, inner, blocks, misfits);
  const datasets = datasetSettings(walk.leaves, inner, blocks, misfits);
  if (!settings.valid || !walk.valid || !model?.valid || !datasets) return null;
  const leaves = new Map(walk.leaves);
  walkBlock(model, modelKeys, "model.", leaves);
  const data = [...datasets].map(([name, own]) => ({
    name,
    ...walkBlock(own, datasetKeys, `data.${name}.`, leaves),
  }));
  return { experiment, leaves, config: buildConfig(leaves, data) };
}

function modelSettings(
  leaves: Leaves,
  inner: readonly Source[],
  blocks: Blocks,
  misfits: Misfits,
): Settings | null {
  const { value, source } = leaves.get("model") as Leaf;
  const bound = source && blocks.model(String(value), source.assignment.file);
  return bound && innerSettings(bound, inner, "model.", misfits);
}

function datasetSettings(
  leaves: Leaves,
  inner: readonly Source[],
  blocks: Blocks,
  misfits: Misfits,
): Map<string, Settings> | null {
  const { value, source } = leaves.get("data") as Leaf;
  if (!source || !Array.isArray(value)) return null;
  const all = new Map<string, Settings>();
  for (const name of value.map(String)) {
    const bound = blocks.dataset(name, source.assignment.file);
    const settings = bound && innerSettings(bound, inner, `data.${name}.`, misfits);
    if (!settings?.valid) return null;
    all.set(name, settings);
  }
  return reportUnusedDatasets(inner, [...all.keys()], misfits) ? all : null;
}

/** The values of one model or dataset, nested as the plan has them; the leaves go to `leaves` too. */
function walkBlock(
  settings: Settings,
  keys: readonly Key[],
  prefix: string,
  leaves: Map<string, Leaf>,
): { [name: string]: Json } {
  const walk = new TableWalk(settings);
  walk.keys(keys, prefix);
  const block: { [name: string]: Json } = {};
  for (const [address, leaf] of walk.leaves) {
    leaves.set(address, leaf);
    put(block, address.slice(prefix.length).split(".").map(camelCase), leaf.value);
  }
  return block;
}

function innerSettings(
  bound: Bound,
  overrides: readonly Source[],
  prefix: string,
  misfits: Misfits,
): Settings {
  const settings = new Settings(false, misfits);
  const own = bound.assignments.map((assignment) => withPrefix(assignment, prefix));
  settings.applyLayer(own, "experiment", 0);
  for (const { assignment, layer, rank } of overrides) {
    if (assignment.address.startsWith(prefix)) settings.applyLayer([assignment], layer, rank);
  }
  return settings;
}

function withPrefix(assignment: Assignment, prefix: string): Assignment {
  return {
    ...assignment,
    address: prefix + assignment.address,
    keyAddress: prefix + assignment.keyAddress,
  };
}

function reportUnusedDatasets(inner: readonly Source[], names: readonly string[], misfits: Misfits): boolean {
  let valid = true;
  for (const source of inner) {
    const { address } = source.assignment;
    if (!address.startsWith("data.") || names.some((name) => address.startsWith(`data.${name}.`))) continue;
    const message = `The experiment does not use this dataset; its \`data\` has ${either(names)}.`;
    valid = refuse(source, message, misfits) && valid;
  }
  return valid;
}

/** What one model or dataset says, whoever uses it. */
export interface ResolvedBlock {
  /** As the plan has them. */
  readonly values: { readonly [name: string]: Json };
  /** By address below the block. */
  readonly leaves: ReadonlyMap<string, Leaf>;
}

/** null when it contradicts itself, which has been reported. */
export function resolveBlock(kind: "model" | "dataset", bound: Bound): ResolvedBlock | null {
  const settings = innerSettings(bound, [], "", { fitted() {}, missed() {} });
  if (!settings.valid) return null;
  const leaves = new Map<string, Leaf>();
  return { values: walkBlock(settings, kind === "model" ? modelKeys : datasetKeys, "", leaves), leaves };
}

/** Addresses whose place in the plan is not their own spelling. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  model: ["model", "name"],
  "model.scratch.kind": ["model", "scratch", "architecture"],
  "train.steps": ["train", "duration", "steps"],
  "train.epochs": ["train", "duration", "epochs"],
  "train.tokens": ["train", "duration", "tokens"],
};

/** The plan's config out of the leaves: addresses become nested names in camelCase. */
function buildConfig(leaves: Leaves, data: Json[]): Config {
  const config: { [name: string]: Json } = {};
  for (const [address, { value }] of leaves) {
    if (/^data(?:\.|$)/.test(address)) continue;
    put(config, PLACES[address] ?? address.split(".").map(camelCase), value);
  }
  config.data = data;
  // The table and the contract say the same; a property test holds them together.
  return config as unknown as Config;
}

function put(target: { [name: string]: Json }, path: readonly string[], value: Json): void {
  const [name, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const inner = target[name];
  const next = inner !== null && typeof inner === "object" && !Array.isArray(inner) ? inner : {};
  target[name] = next;
  put(next, rest, value);
}

export function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
