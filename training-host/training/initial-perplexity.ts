/**
 * Mean negative log-likelihoods under the model before its first step (theta_0 of eq. 10), kept on disk for all runs that start
 * from the same model with the same examples. Which examples the rewards will probe depends on the seed alone, so all of them
 * are measured before training begins, and no second copy of the model is needed later.
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { canonicalJson } from "../../contracts/canonical-json";
import type { CausalLm } from "../model/causal-lm";
import { writeDurably } from "../runs/durable-file";

const cacheSchema = v.strictObject({
  key: v.unknown(),
  /** Index of the example to nats per counted token; null for an example without a counted token. */
  meanNll: v.record(v.string(), v.nullable(v.number())),
});

/** What the values of one dataset depend on. */
export interface InitialPerplexityKey {
  /** `hashStart` of the initial model. */
  model: string;
  /** What computes: another backend gives other last digits. */
  engine: string;
  /** Of the tokenized examples. */
  data: string;
  tokens: "response" | "all";
}

/** The values of one dataset. */
export class InitialPerplexityCache {
  private readonly file: string;

  private constructor(
    folder: string,
    private readonly key: InitialPerplexityKey,
    private readonly values: Map<number, number>,
  ) {
    this.file = cacheFile(folder, key);
  }

  /** Whatever cannot be read is measured again. */
  static open(folder: string, key: InitialPerplexityKey): InitialPerplexityCache {
    return new InitialPerplexityCache(folder, key, readValues(cacheFile(folder, key)));
  }

  missing(indices: Iterable<number>): number[] {
    return [...new Set(indices)].filter((index) => !this.values.has(index)).sort((a, b) => a - b);
  }

  set(index: number, meanNll: number): void {
    this.values.set(index, meanNll);
  }

  /** [indices] nats per counted token. */
  get(indices: readonly number[]): Float64Array {
    return Float64Array.from(indices, (index) => {
      const value = this.values.get(index);
      if (value === undefined) throw new Error(`No initial perplexity was measured for example ${index}.`);
      return value;
    });
  }

  /** Joins what other runs have stored meanwhile. A cache that cannot be written costs time, never the run. */
  save(): void {
    try {
      fs.mkdirSync(path.dirname(this.file), { recursive: true });
      const all = new Map([...readValues(this.file), ...this.values]);
      const meanNll = Object.fromEntries(
        [...all].map(([index, value]) => [index, Number.isNaN(value) ? null : value]),
      );
      writeDurably(this.file, JSON.stringify({ key: this.key, meanNll }));
    } catch (error) {
      console.error(`The cache of initial perplexities could not be written: ${(error as Error).message}`);
    }
  }
}

/** SHA-256 of what the model computes before its first step: fresh adapters change nothing, those to go on from do. */
export async function hashStart(model: CausalLm): Promise<string> {
  const base = await hashParameters(model);
  const hash = createHash("sha256").update(base);
  let areFresh = true;
  for (const [name, matrix] of model.adapters?.parameters ?? []) {
    const values = await matrix.data<"float32">();
    if (name.includes("lora_B") && values.some((value) => value !== 0)) areFresh = false;
    hash.update(`${name}\0`).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return areFresh ? base : hash.digest("hex");
}

/** SHA-256 of architecture and parameters, without adapters. */
export async function hashParameters(model: CausalLm): Promise<string> {
  const hash = createHash("sha256").update(canonicalJson(model.decoder.config));
  for (const [name, { shape }] of model.decoder.parameters) {
    const values = await model.ownValues(name);
    hash.update(`${name}\0${shape.join()}\0`);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest("hex");
}

function cacheFile(folder: string, key: InitialPerplexityKey): string {
  return path.join(folder, `${createHash("sha256").update(canonicalJson(key)).digest("hex")}.json`);
}

function readValues(file: string): Map<number, number> {
  try {
    const { meanNll } = v.parse(cacheSchema, JSON.parse(fs.readFileSync(file, "utf8")));
    return new Map(Object.entries(meanNll).map(([index, value]) => [Number(index), value ?? Number.NaN]));
  } catch {
    return new Map();
  }
}
