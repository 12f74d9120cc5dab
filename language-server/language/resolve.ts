/**
 * Layers of assignments to one config. Later layers win: defaults, experiment, ablation or sweep point, profile, --set.
 * The config is built by walking the schema table, so that every value has an address and an origin.
 */
import type { Config, Origin } from "../../contracts/plan";
import type { Assignment, Bound } from "./assignments";
import { either } from "./nearest-name";
import { type Declaration, report, type SourceFile } from "./references";
import { uniqueParameters } from "./schema/address";
import { datasetKeys } from "./schema/dataset";
import { experimentKeys } from "./schema/experiment";
import type { Default, Form, Json, Key, Parameter, PresetName, ReadValue, Variant } from "./schema/key";
import { modelKeys } from "./schema/model";

export type LayerName = Exclude<Origin["layer"], "default">;

export interface Layer {
  readonly name: LayerName;
  readonly bound: Bound;
}

/** An assignment that counts, and the layer that it came with. */
export interface Source {
  readonly assignment: Assignment;
  readonly layer: LayerName;
  /** Place of the layer: a higher one wins. */
  readonly rank: number;
}

export interface Leaf {
  readonly value: Json;
  /** null: a default. */
  readonly source: Source | null;
}

type Leaves = ReadonlyMap<string, Leaf>;

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

/** The resolved run; null when a layer could not be applied, which has been reported. */
export function resolve(experiment: Declaration, layers: readonly Layer[], blocks: Blocks): Resolved | null {
  const settings = new Settings(true);
  layers.forEach(({ name, bound }, rank) => {
    settings.applyLayer(bound.assignments, name, rank);
  });
  const inner = settings.inner;
  const walk = new TableWalk(settings);
  walk.keys(experimentKeys, "");
  const model = modelSettings(walk.leaves, inner, blocks);
  const datasets = datasetSettings(walk.leaves, inner, blocks);
  if (!settings.valid || !walk.valid || !model?.valid || !datasets) return null;
  const leaves = new Map(walk.leaves);
  walkBlock(model, modelKeys, "model.", leaves);
  const data = [...datasets].map(([name, own]) => ({
    name,
    ...walkBlock(own, datasetKeys, `data.${name}.`, leaves),
  }));
  return { experiment, leaves, config: buildConfig(leaves, data) };
}

function modelSettings(leaves: Leaves, inner: readonly Source[], blocks: Blocks): Settings | null {
  const { value, source } = leaves.get("model") as Leaf;
  const bound = source && blocks.model(String(value), source.assignment.file);
  return bound && innerSettings(bound, inner, "model.");
}

function datasetSettings(
  leaves: Leaves,
  inner: readonly Source[],
  blocks: Blocks,
): Map<string, Settings> | null {
  const { value, source } = leaves.get("data") as Leaf;
  if (!source || !Array.isArray(value)) return null;
  const all = new Map<string, Settings>();
  for (const name of value.map(String)) {
    const bound = blocks.dataset(name, source.assignment.file);
    const settings = bound && innerSettings(bound, inner, `data.${name}.`);
    if (!settings?.valid) return null;
    all.set(name, settings);
  }
  return reportUnusedDatasets(inner, [...all.keys()]) ? all : null;
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

function innerSettings(bound: Bound, overrides: readonly Source[], prefix: string): Settings {
  const settings = new Settings(false);
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

function reportUnusedDatasets(inner: readonly Source[], names: readonly string[]): boolean {
  let valid = true;
  for (const { assignment } of inner) {
    const { address, file, at } = assignment;
    if (!address.startsWith("data.") || names.some((name) => address.startsWith(`data.${name}.`))) continue;
    valid = false;
    report(
      file,
      "address-absent",
      at,
      `The experiment does not use this dataset; its \`data\` has ${either(names)}.`,
    );
  }
  return valid;
}

/** Values by address as the layers so far have them. */
class Settings {
  private readonly sources = new Map<string, Source>();
  /** Overrides of the model's and the datasets' own keys: they count once model and data are known. */
  inner: Source[] = [];
  valid = true;

  /** `outer`: an experiment's; otherwise those of one model or dataset. */
  constructor(private readonly outer: boolean) {}

  get(address: string): Source | undefined {
    return this.sources.get(address);
  }

  applyLayer(assignments: readonly Assignment[], layer: LayerName, rank: number): void {
    // Words that decide which properties exist come first, whatever the order in the file.
    const ordered = [...assignments].sort((a, b) => urgency(a) - urgency(b));
    for (const assignment of ordered) this.apply({ assignment, layer, rank });
  }

  private apply(source: Source): void {
    const { action, address } = source.assignment;
    if (this.outer && /^(?:model|data)\./.test(address)) this.inner.push(source);
    else if (action === "set") this.set(source);
    else if (action === "remove") this.remove(source);
    else if (action === "off") this.drop(source);
    else this.turnOn(source);
  }

  private drop(source: Source): void {
    if (!this.fits(source)) return;
    this.deleteBelow(source.assignment.address);
    this.sources.set(source.assignment.address, source);
  }

  private turnOn(source: Source): void {
    const { action, address, keyAddress } = source.assignment;
    if (!this.fits(source)) return;
    if (action === "only") this.deleteSiblings(keyAddress, address);
    if (!isOn(this.sources.get(address))) this.sources.set(address, source);
  }

  private set(source: Source): void {
    const { address, keyAddress, key, alone } = source.assignment;
    if (alone && !this.isPresent(source)) return;
    if (this.sources.get(keyAddress)?.assignment.action === "off") this.sources.delete(keyAddress);
    // Another model does not take over what was said about the one before.
    if (address === "model")
      this.inner = this.inner.filter((other) => !other.assignment.address.startsWith("model."));
    if (address === "data") this.forgetDatasets(source.assignment.value);
    if (isKind(source.assignment)) this.dropOtherVariant(source);
    if (key.form.kind === "prior") this.deleteBelow(keyAddress);
    if (key.exclusive) this.deleteRivals(key, keyAddress);
    if (!this.fits(source)) return;
    this.sources.set(address, source);
  }

  private forgetDatasets(kept: Json): void {
    const names = Array.isArray(kept) ? kept : [];
    this.inner = this.inner.filter(({ assignment: { address } }) => {
      return !address.startsWith("data.") || names.some((name) => address.startsWith(`data.${name}.`));
    });
  }

  /** A property by its own address needs its key: `mixture.ema.beta` means nothing where `ema` is off. */
  private isPresent({ assignment }: Source): boolean {
    const { address, keyAddress, key, at, file } = assignment;
    const isOff = this.sources.get(keyAddress)?.assignment.action === "off";
    if (isOff && key.form.kind !== "instances") {
      report(
        file,
        "address-absent",
        at,
        `\`${keyAddress}\` is off in this experiment; turn it on first: \`${keyAddress} …\`.`,
      );
      this.valid = false;
      return false;
    }
    if (key.exclusive && key.form.kind === "variants" && !this.sources.has(`${keyAddress}.kind`)) {
      report(
        file,
        "address-absent",
        at,
        `This has no \`${keyAddress}\`; \`${address}\` belongs to \`${key.example}\`.`,
      );
      this.valid = false;
      return false;
    }
    if (key.form.kind !== "instances") return true;
    const instance = address.slice(0, address.lastIndexOf("."));
    if (isInstancePresent(key, keyAddress, instance.slice(keyAddress.length + 1), this)) return true;
    const word = instance.slice(keyAddress.length + 1);
    report(
      file,
      "address-absent",
      at,
      `The experiment has no \`${keyAddress} ${word}\`; add it: \`${keyAddress} ${word}\`.`,
    );
    this.valid = false;
    return false;
  }

  private remove(source: Source): void {
    const { address, keyAddress, key, at, file } = source.assignment;
    const word = address.slice(keyAddress.length + 1);
    if (!isInstancePresent(key, keyAddress, word, this)) {
      const present = instancesOf(key, keyAddress, this).map((instance) => `${keyAddress}.${instance}`);
      const hint = present.length ? ` It has ${either(present)}.` : "";
      report(file, "address-absent", at, `The experiment has no \`${address}\` to remove.${hint}`);
      this.valid = false;
      return;
    }
    this.deleteBelow(address);
    this.sources.set(address, source);
  }

  private deleteBelow(address: string): void {
    for (const known of this.sources.keys()) {
      if (known.startsWith(`${address}.`)) this.sources.delete(known);
    }
  }

  private deleteSiblings(keyAddress: string, kept: string): void {
    for (const known of this.sources.keys()) {
      if (known.startsWith(`${keyAddress}.`) && !`${known}.`.startsWith(`${kept}.`))
        this.sources.delete(known);
    }
  }

  private deleteRivals(key: Key, keyAddress: string): void {
    const block = keyAddress.slice(0, keyAddress.length - key.name.length);
    for (const [known, { assignment }] of this.sources) {
      const isRival =
        assignment.key.exclusive?.group === key.exclusive?.group && assignment.keyAddress !== keyAddress;
      if (isRival && known.startsWith(block)) this.sources.delete(known);
    }
  }

  /** `scorer logits` over `scorer mlp hidden=64`: what `logits` does not have goes. */
  private dropOtherVariant({ assignment }: Source): void {
    const allowed = addressesOfVariant(assignment.key, String(assignment.value));
    for (const known of this.sources.keys()) {
      if (!known.startsWith(`${assignment.keyAddress}.`)) continue;
      const [below] = known.slice(assignment.keyAddress.length + 1).split(".");
      if (below !== "kind" && !allowed.includes(below ?? "")) this.sources.delete(known);
    }
  }

  /** False, and reported, when the address belongs to another variant than the one in force. */
  private fits({ assignment }: Source): boolean {
    for (const { key, address } of owners(assignment)) {
      const below = assignment.address.slice(address.length + 1).split(".")[0] ?? "";
      if (below === "" || below === "kind") continue;
      const kind = kindInForce(key, address, this);
      if (kind === null || addressesOfVariant(key, kind).includes(below)) continue;
      this.valid = false;
      const message = `\`${address}\` is \`${kind}\` here, which has no \`${below}\`; write \`${address} ${variantWith(key, below)} …\` to change that.`;
      report(assignment.file, "address-absent", assignment.at, message);
      return false;
    }
    return true;
  }
}

/** Order of application within a layer. */
function urgency(assignment: Assignment): number {
  if (assignment.address === PRESET) return 0;
  return isKind(assignment) ? 1 : 2;
}

function isOn(source: Source | undefined): boolean {
  return source?.assignment.action === "on" || source?.assignment.action === "only";
}

const PRESET = "mixture.preset";
const mixtureKey = experimentKeys.find((key) => key.name === "mixture") as Key;

/** The keys above an address whose first word decides what lies below. */
function owners({ address, key, keyAddress }: Assignment): { key: Key; address: string }[] {
  const own = key.form.kind === "variants" ? [{ key, address: keyAddress }] : [];
  return address.startsWith("mixture.") ? [{ key: mixtureKey, address: "mixture" }, ...own] : own;
}

function isKind({ action, key, address, keyAddress }: Assignment): boolean {
  const hasVariants = key.form.kind === "variants" || key.form.kind === "block-variants";
  return action === "set" && hasVariants && address === `${keyAddress}.kind`;
}

function kindInForce(key: Key, address: string, settings: Settings): string | null {
  const given = settings.get(`${address}.kind`)?.assignment.value;
  if (typeof given === "string") return given;
  const { form } = key;
  if (form.kind === "block-variants") return form.default;
  if (form.kind !== "variants") return null;
  const preset = settings.get(PRESET)?.assignment.value as PresetName | undefined;
  const fromPreset = preset && form.presets?.[preset];
  return fromPreset?.kind === "value" ? String(fromPreset.value) : form.default;
}

/** Names of what a variant of the key has right below it. */
function addressesOfVariant(key: Key, word: string): string[] {
  const { form } = key;
  if (form.kind === "variants") {
    return form.variants.find((variant) => variant.word === word)?.properties.map(({ name }) => name) ?? [];
  }
  if (form.kind !== "block-variants") return [];
  return form.variants.find((variant) => variant.word === word)?.keys.map(({ name }) => name) ?? [];
}

function variantWith(key: Key, below: string): string {
  const { form } = key;
  const words = form.kind === "variants" || form.kind === "block-variants" ? form.variants : [];
  return words.find(({ word }) => addressesOfVariant(key, word).includes(below))?.word ?? "";
}

function instancesOf(key: Key, keyAddress: string, settings: Settings): string[] {
  if (key.form.kind !== "instances") return [];
  const { variants, default: standard } = key.form;
  const given = variants.filter(({ word }) => isOn(settings.get(`${keyAddress}.${word}`)));
  if (given.length > 0) return given.map(({ word }) => word);
  const removed =
    standard !== null && settings.get(`${keyAddress}.${standard}`)?.assignment.action === "remove";
  return standard === null || removed ? [] : [standard];
}

function isInstancePresent(key: Key, keyAddress: string, word: string, settings: Settings): boolean {
  return instancesOf(key, keyAddress, settings).includes(word);
}

/** Walks the table and gives every address its value. */
class TableWalk {
  readonly leaves = new Map<string, Leaf>();
  valid = true;
  private preset: PresetName | null = null;
  private presetSource: Source | null = null;

  constructor(private readonly settings: Settings) {}

  private text(address: string): string | null {
    const value = this.leaves.get(address)?.value;
    return typeof value === "string" ? value : null;
  }

  keys(keys: readonly Key[], prefix: string): void {
    const read: ReadValue = (address) => this.read(prefix + address);
    for (const key of keys) {
      if (key.exclusive && this.chosen(keys, key.exclusive.group, prefix) !== key) {
        if (key.exclusive.others === "null")
          this.leaves.set(prefix + key.name, { value: null, source: null });
        continue;
      }
      this.key(key, prefix + key.name, read);
    }
  }

  /** The one key of a group that counts: the one given, or else the one with a default. */
  private chosen(keys: readonly Key[], group: string, prefix: string): Key | undefined {
    const rivals = keys.filter((key) => key.exclusive?.group === group);
    const given = rivals.find((key) => this.isGiven(key, prefix + key.name));
    return (
      given ?? rivals.find((key) => key.form.kind === "value" && key.form.value.default.kind === "value")
    );
  }

  private isGiven(key: Key, address: string): boolean {
    return this.settings.get(key.form.kind === "variants" ? `${address}.kind` : address) !== undefined;
  }

  private key(key: Key, address: string, read: ReadValue): void {
    const off = this.settings.get(address);
    if (off?.assignment.action === "off") {
      this.leaves.set(address, { value: null, source: off });
      return;
    }
    const { form } = key;
    switch (form.kind) {
      case "value":
        if (key.name === "preset") return this.readPreset(address);
        return this.parameter(form.value, address, read);
      case "value-with-properties":
        return this.parameters([form.value, ...form.properties], address, read);
      case "variants":
        return this.variants(form, address, read);
      case "instances":
        return this.instances(key, address, read);
      case "prior": {
        const weights = this.settings.get(`${address}.weights`);
        const given = weights ? form.weights : form.temperature;
        return this.parameter(given, `${address}.${given.name}`, read);
      }
      case "block":
        return this.keys(form.keys, `${address}.`);
      case "block-variants": {
        const kind = this.kind(form.default, undefined, address, read);
        this.keys(form.variants.find(({ word }) => word === kind)?.keys ?? [], `${address}.`);
        this.preset = null;
        return;
      }
    }
  }

  private variants(form: Extract<Form, { kind: "variants" }>, address: string, read: ReadValue): void {
    const kind = this.kind(form.default, form.presets, address, read);
    const variant = form.variants.find(({ word }) => word === kind);
    this.parameters(variant?.properties ?? [], address, read);
    for (const [name, value] of Object.entries(variant?.fixed ?? {})) {
      this.leaves.set(`${address}.${name}`, { value, source: null });
    }
    this.reportOrphans(form, variant, address);
  }

  /** A preset of a later layer may have changed the word under properties that were given for another. */
  private reportOrphans(
    form: Extract<Form, { kind: "variants" }>,
    variant: Variant | undefined,
    address: string,
  ): void {
    for (const { name } of uniqueParameters(form.variants)) {
      const source = this.settings.get(`${address}.${name}`);
      if (!source || variant?.properties.some((property) => property.name === name)) continue;
      const { file, at } = source.assignment;
      report(
        file,
        "address-absent",
        at,
        `\`${address}\` is \`${variant?.word}\` here, which has no \`${name}\`; remove it.`,
      );
      this.valid = false;
    }
  }

  private instances(key: Key, address: string, read: ReadValue): void {
    if (key.form.kind !== "instances") return;
    const present = instancesOf(key, address, this.settings);
    // An empty set is a value too: the plan holds {}.
    this.leaves.set(address, { value: {}, source: this.settings.get(`${address}.${present[0]}`) ?? null });
    for (const variant of key.form.variants.filter(({ word }) => present.includes(word))) {
      const parameters = variant.argument ? [variant.argument, ...variant.properties] : variant.properties;
      this.parameters(parameters, `${address}.${variant.word}`, read);
    }
  }

  private readPreset(address: string): void {
    const source = this.settings.get(address) ?? null;
    this.presetSource = source;
    this.preset = (source?.assignment.value as PresetName | undefined) ?? null;
  }

  private kind(
    standard: string | null,
    presets: Parameter["presets"],
    address: string,
    read: ReadValue,
  ): string | null {
    const of: Parameter = {
      name: "kind",
      type: { kind: "text" },
      doc: "",
      default: { kind: "value", value: standard },
      ...(presets && { presets }),
    };
    this.parameter(of, `${address}.kind`, read);
    return this.text(`${address}.kind`);
  }

  private parameters(parameters: readonly Parameter[], address: string, read: ReadValue): void {
    const main = this.settings.get(`${address}.${parameters[0]?.name}`);
    for (const parameter of parameters) {
      const own = this.settings.get(`${address}.${parameter.name}`);
      this.parameter(parameter, `${address}.${parameter.name}`, read);
      if (!parameter.follow || !own || !main || own.rank >= main.rank) continue;
      const value = parameter.follow(own.assignment.value, read);
      if (value !== own.assignment.value)
        this.leaves.set(`${address}.${parameter.name}`, { value, source: main });
    }
  }

  private parameter(parameter: Parameter, address: string, read: ReadValue): void {
    const source = this.settings.get(address);
    if (source) {
      this.leaves.set(address, { value: source.assignment.value, source });
      return;
    }
    const fromPreset = this.preset && parameter.presets?.[this.preset];
    const standard = fromPreset || parameter.default;
    this.leaves.set(address, {
      value: defaultValue(standard, read),
      source: fromPreset ? this.presetSource : null,
    });
  }

  private read(address: string): Json {
    const leaf = this.leaves.get(address);
    if (leaf) return leaf.value;
    const source = this.settings.get(address)?.assignment;
    return source && source.action !== "remove" && source.action !== "off" ? source.value : null;
  }
}

export function defaultValue(standard: Default, read: ReadValue): Json {
  if (standard.kind === "value") return standard.value;
  return standard.kind === "derived" ? standard.of(read) : null;
}

/** Addresses whose place in the plan is not their own spelling. */
const DURATIONS = new Set(["train.steps", "train.epochs", "train.tokens"]);

/** The plan's config out of the leaves: addresses become nested names in camelCase. */
function buildConfig(leaves: Leaves, data: Json[]): Config {
  const config: { [name: string]: Json } = {};
  for (const [address, { value }] of leaves) {
    if (address === "model") put(config, ["model", "name"], value);
    else if (DURATIONS.has(address))
      put(config, ["train", "duration", address.slice("train.".length)], value);
    else if (!/^data(?:\.|$)/.test(address)) put(config, address.split(".").map(camelCase), value);
  }
  config["data"] = data;
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
