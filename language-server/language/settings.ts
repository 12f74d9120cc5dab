/** Values by address while layers are laid over each other. */
import type { Origin } from "../../contracts/plan";
import type { Assignment, Bound } from "./assignments";
import { either } from "./nearest-name";
import { report } from "./references";
import { variantParameters } from "./schema/address";
import { experimentKeys } from "./schema/experiment";
import type { Json, Key, PresetName } from "./schema/key";

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

/** Assignments of a profile or --set that did, and did not, find their place in a run. */
export interface Misfits {
  fitted(assignment: Assignment): void;
  missed(assignment: Assignment, problem: string): void;
}

/** False when the run cannot be made because of it. */
export function refuse({ assignment, layer }: Source, message: string, misfits: Misfits): boolean {
  if (layer === "profile" || layer === "set") {
    misfits.missed(assignment, message);
    return true;
  }
  report(assignment.file, "address-absent", assignment.at, message);
  return false;
}

/** Values by address as the layers so far have them. */
export class Settings {
  private readonly sources = new Map<string, Source>();
  /** Overrides of the model's and the datasets' own keys: they count once model and data are known. */
  inner: Source[] = [];
  valid = true;

  /** `outer`: an experiment's; otherwise those of one model or dataset. */
  constructor(
    private readonly outer: boolean,
    private readonly misfits: Misfits,
  ) {}

  copy(): Settings {
    const copy = new Settings(this.outer, this.misfits);
    for (const [address, source] of this.sources) copy.sources.set(address, source);
    copy.inner = [...this.inner];
    copy.valid = this.valid;
    return copy;
  }

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
    this.put(source.assignment.address, source);
  }

  private turnOn(source: Source): void {
    const { action, address, keyAddress, key } = source.assignment;
    if (!this.fits(source)) return;
    if (action === "only") this.deleteSiblings(keyAddress, address);
    if (key.exclusive) this.deleteRivals(key, keyAddress);
    if (!isOn(this.sources.get(address))) this.put(address, source);
  }

  private put(address: string, source: Source): void {
    this.sources.set(address, source);
    this.misfits.fitted(source.assignment);
  }

  /** Always false: the assignment has no place here. */
  private refuse(source: Source, message: string): false {
    this.valid = refuse(source, message, this.misfits) && this.valid;
    return false;
  }

  private set(source: Source): void {
    const { address, keyAddress, key, alone } = source.assignment;
    if (!this.fits(source) || (alone && !this.isPresent(source))) return;
    if (this.sources.get(keyAddress)?.assignment.action === "off") this.sources.delete(keyAddress);
    // Another model does not take over what was said about the one before.
    if (address === "model")
      this.inner = this.inner.filter((other) => !other.assignment.address.startsWith("model."));
    if (address === "data") this.forgetDatasets(source.assignment.value);
    if (isKind(source.assignment)) this.dropOtherVariant(source);
    if (key.form.kind === "prior") this.deleteBelow(keyAddress);
    if (key.exclusive) this.deleteRivals(key, keyAddress);
    this.put(address, source);
  }

  private forgetDatasets(kept: Json): void {
    const names = Array.isArray(kept) ? kept : [];
    this.inner = this.inner.filter(({ assignment: { address } }) => {
      return !address.startsWith("data.") || names.some((name) => address.startsWith(`data.${name}.`));
    });
  }

  /** A property by its own address needs its key: `mixture.ema.beta` means nothing where `ema` is off. */
  private isPresent(source: Source): boolean {
    const { address, keyAddress, key } = source.assignment;
    if (key.form.kind === "instances") return this.isInstanceThere(source);
    if (this.sources.get(keyAddress)?.assignment.action === "off") {
      return this.refuse(source, `\`${keyAddress}\` is off here; turn it on with \`${keyAddress} …\`.`);
    }
    if (this.isKeyThere(key, keyAddress)) return true;
    return this.refuse(
      source,
      `There is no \`${keyAddress}\` here; \`${address}\` belongs to \`${key.example}\`.`,
    );
  }

  /** Of the keys that are absent unless they are written. */
  private isKeyThere(key: Key, keyAddress: string): boolean {
    if (key.form.kind === "properties") return isOn(this.sources.get(keyAddress));
    return !key.exclusive || this.sources.has(mainAddress(key, keyAddress));
  }

  private isInstanceThere(source: Source): boolean {
    const { address, keyAddress, key } = source.assignment;
    const word = address.slice(keyAddress.length + 1).split(".")[0] ?? "";
    if (instancesOf(key, keyAddress, this).includes(word)) return true;
    return this.refuse(
      source,
      `The experiment has no \`${keyAddress} ${word}\`; add it with \`${keyAddress} ${word}\`.`,
    );
  }

  private remove(source: Source): void {
    const { address, keyAddress, key } = source.assignment;
    if (!this.fits(source)) return;
    const present = instancesOf(key, keyAddress, this);
    if (!present.includes(address.slice(keyAddress.length + 1))) {
      const hint = present.length ? ` It has ${either(present.map((word) => `${keyAddress}.${word}`))}.` : "";
      this.refuse(source, `The experiment has no \`${address}\` to remove.${hint}`);
      return;
    }
    this.deleteBelow(address);
    this.put(address, source);
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
  private fits(source: Source): boolean {
    const { assignment } = source;
    for (const { key, address } of owners(assignment)) {
      const below = assignment.address.slice(address.length + 1).split(".")[0] ?? "";
      if (below === "" || below === "kind") continue;
      const kind = kindInForce(key, address, this);
      if (kind === null || addressesOfVariant(key, kind).includes(below)) continue;
      const other = variantWith(key, below);
      const message = `\`${address}\` is \`${kind}\` here, which has no \`${below}\`; write \`${address} ${other}\` to change that.`;
      return this.refuse(source, message);
    }
    return true;
  }
}

/** Order of application within a layer: whether there is a preset depends on the mixture, a scorer's word on the preset. */
function urgency(assignment: Assignment): number {
  if (isKind(assignment) && assignment.key.form.kind === "block-variants") return 0;
  if (assignment.address === PRESET) return 1;
  return isKind(assignment) ? 2 : 3;
}

function isOn(source: Source | undefined): boolean {
  return source?.assignment.action === "on" || source?.assignment.action === "only";
}

/** Where a key's first value is: a key without it is not there. */
export function mainAddress({ form }: Key, keyAddress: string): string {
  if (form.kind === "variants") return `${keyAddress}.kind`;
  return form.kind === "value-with-properties" ? `${keyAddress}.${form.value.name}` : keyAddress;
}

export const PRESET = "mixture.preset";
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
    const variant = form.variants.find((candidate) => candidate.word === word);
    return variant ? variantParameters(variant).map(({ name }) => name) : [];
  }
  if (form.kind !== "block-variants") return [];
  return form.variants.find((variant) => variant.word === word)?.keys.map(({ name }) => name) ?? [];
}

function variantWith(key: Key, below: string): string {
  const { form } = key;
  const words = form.kind === "variants" || form.kind === "block-variants" ? form.variants : [];
  return words.find(({ word }) => addressesOfVariant(key, word).includes(below))?.word ?? "";
}

/** The rewards or exports that are there. */
export function instancesOf(key: Key, keyAddress: string, settings: Settings): string[] {
  if (key.form.kind !== "instances") return [];
  const { variants, default: standard } = key.form;
  const given = variants.filter(({ word }) => isOn(settings.get(`${keyAddress}.${word}`)));
  if (given.length > 0) return given.map(({ word }) => word);
  const removed =
    standard !== null && settings.get(`${keyAddress}.${standard}`)?.assignment.action === "remove";
  return standard === null || removed ? [] : [standard];
}
