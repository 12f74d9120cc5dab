/** Loads everything a run needs before its first step. */
import * as path from "node:path";
import type { Plan } from "../../contracts/plan";
import type { DatasetFacts } from "../../contracts/run-event";
import { loadData } from "../data/load-data";
import type { Example } from "../data/packed-batch";
import { openRunTokenizer } from "../data/run-tokenizer";
import type { TokenizedDataset } from "../data/tokenized-dataset";
import { checkVocabulary, type Tokenizer } from "../data/tokenizer";
import type { CausalLm, CausalLmOptions } from "../model/causal-lm";
import { openPlannedAdapters, restoreAdapter } from "../model/checkpoint/adapter";
import { loadCheckpoint } from "../model/checkpoint/load";
import type { Decoder } from "../model/decoder";
import { createFromScratch } from "../model/scratch";
import { Random } from "../random";
import type { Backend } from "../tensor/backend";
import { hashParameters, InitialPerplexityCache } from "./initial-perplexity";
import { countAllTokens, measureExamples } from "./language-reward-model";
import { planProbes } from "./planned-probes";
import type { Progress } from "./progress";
import { giveWay, type StopRequest } from "./stop-request";
import { mixtureDatasets, mixtureRandom } from "./trainer";

export interface RunContext {
  plan: Plan;
  runFolder: string;
  progress: Progress;
  stop: StopRequest;
}

export interface PreparedData {
  tokenizer: Tokenizer;
  train: TokenizedDataset[];
  heldOut: Map<string, TokenizedDataset>;
}

/** @throws UserError for files that are missing or malformed; "cancelled" when a stop was asked for. */
export async function prepareData({ plan, runFolder, progress, stop }: RunContext): Promise<PreparedData> {
  const { config, baseDirectory } = plan;
  progress.enter("tokenizing", 0);
  const onProgress = ({ share }: { share: number }) => progress.enter("tokenizing", share);
  const tokenizer = await openRunTokenizer(config, baseDirectory, runFolder, onProgress, stop.signal);
  if (config.model.scratch !== null) checkVocabulary(tokenizer, config.model.scratch.vocab);
  const data = await loadData(config, baseDirectory, tokenizer, onProgress, stop.signal);
  return { tokenizer, ...data };
}

/** The model before its first step. */
export async function prepareModel(
  { plan, progress }: RunContext,
  tokenizer: Tokenizer,
  backend: Backend,
): Promise<CausalLm> {
  progress.enter("loading");
  const { path: folder, scratch } = plan.config.model;
  if (scratch !== null) {
    const random = new Random(plan.config.seed, "model");
    return createFromScratch(scratch, scratch.vocab, backend, random, optionsOf(plan));
  }
  const model = await loadCheckpoint(path.resolve(plan.baseDirectory, folder!), backend, optionsOf(plan));
  const embedding = model.parameters.get("model.embed_tokens.weight");
  checkVocabulary(tokenizer, embedding?.shape[0] ?? Number.POSITIVE_INFINITY);
  return model;
}

/** The model as a checkpoint of the run has it: `fresh` with the adapters saved there, or another in its place. */
export async function restoreModel(
  { plan }: RunContext,
  fresh: CausalLm,
  checkpoint: string,
): Promise<CausalLm> {
  if (fresh.adapters) {
    restoreAdapter(fresh.adapters, checkpoint);
    return fresh;
  }
  fresh.dispose();
  return loadCheckpoint(checkpoint, fresh.backend, optionsOf(plan));
}

function optionsOf({
  config: { model, train, seed },
  baseDirectory,
}: Plan): (decoder: Decoder) => CausalLmOptions {
  const from = model.lora?.from == null ? null : path.resolve(baseDirectory, model.lora.from);
  return (decoder) => ({
    adapters: model.lora && openPlannedAdapters(decoder, model.lora, new Random(seed, "adapters"), from),
    activations: train.activations,
  });
}

/** The training examples as the difficulty reward counts their tokens. */
export function rewardExamples(
  plan: Plan,
  train: readonly TokenizedDataset[],
): Map<string, readonly Example[]> {
  const countAll = difficultyTokens(plan) === "all";
  return new Map(
    train.map(({ name, examples }) => [name, countAll ? examples.map(countAllTokens) : examples]),
  );
}

/**
 * Measures, under the model before its first step, what the rewards of this run will ask for and earlier runs have not
 * measured. Empty when no reward is a ratio of perplexities.
 */
export async function prepareInitialPerplexities(
  context: RunContext,
  model: CausalLm,
  train: readonly TokenizedDataset[],
  steps: number,
): Promise<Map<string, InitialPerplexityCache>> {
  const { plan, progress, stop } = context;
  const tokens = difficultyTokens(plan);
  const { mixture, seed } = plan.config;
  if (tokens === null || mixture.kind !== "scorer") return new Map();
  progress.enter("initial-perplexity", 0);
  const pause = async () => {
    await giveWay();
    stop.throwIfAsked();
  };
  const datasets = mixtureDatasets(plan.config, train);
  const probes = await planProbes(mixture, datasets, mixtureRandom(seed), steps, pause);
  const folder = path.join(plan.baseDirectory, ".mos", "cache", "initial-perplexity");
  const key = { model: await hashParameters(model), engine: model.backend.detail, tokens };
  const caches = new Map(
    train.map(({ name, contentHash }) => [
      name,
      InitialPerplexityCache.open(folder, { ...key, data: contentHash }),
    ]),
  );
  const examples = rewardExamples(plan, train);
  const total = sum([...probes].map(([name, indices]) => caches.get(name)!.missing(indices).length));
  let done = 0;
  for (const [name, cache] of caches) {
    const missing = cache.missing(probes.get(name)!);
    if (missing.length === 0) continue;
    const chosen = missing.map((index) => examples.get(name)![index]!);
    const { meanNll } = await measureExamples(
      model,
      chosen,
      { perplexity: true, pooled: false },
      async (measured) => {
        progress.enter("initial-perplexity", (done + measured) / total);
        await pause();
      },
    );
    missing.forEach((index, position) => {
      cache.set(index, meanNll![position]!);
    });
    cache.save();
    done += missing.length;
  }
  return caches;
}

export function describeDatasets(
  { train, heldOut }: PreparedData,
  prior: ReadonlyMap<string, number>,
): DatasetFacts[] {
  return train.map(({ name, examples, tokens, responseTokens, truncated, dropped }) => ({
    name,
    size: examples.length,
    heldOut: heldOut.get(name)?.examples.length ?? 0,
    tokens,
    responseTokens,
    truncated,
    dropped,
    malformed: 0,
    duplicates: 0,
    prior: prior.get(name)!,
  }));
}

/** null: no reward needs perplexities. */
function difficultyTokens({ config: { mixture } }: Plan): "response" | "all" | null {
  if (mixture.kind !== "scorer" || mixture.scorer === null) return null;
  return mixture.reward.difficulty?.tokens ?? null;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
