/**
 * The choice of the next token from its logits, by the definitions of transformers' logits processors and in their order:
 * repetition penalty, temperature, top-k, top-p.
 */
import type { Sampling } from "../../contracts/model-protocol";
import type { Random } from "../random";
import { descending } from "./descending";

export type Choice = Pick<Sampling, "temperature" | "topK" | "topP" | "repetitionPenalty">;

/** Tokens that may come next, and their probabilities, which add up to 1. */
export interface Candidates {
  ids: Int32Array;
  probabilities: Float64Array;
}

/**
 * `seen`: the tokens of prompt and answer so far. At temperature 0 the most probable token, the first of several; else one that
 * is drawn: a single number of `random` per token.
 */
export function nextToken(
  logits: Float32Array,
  choice: Choice,
  seen: Iterable<number>,
  random: Random,
): number {
  const penalized = penalizeRepetition(logits, choice.repetitionPenalty, seen);
  if (choice.temperature === 0) return mostProbable(penalized);
  const { ids, probabilities } = candidates(penalized, choice);
  let left = random.next();
  for (const [i, probability] of probabilities.entries()) {
    left -= probability;
    if (left < 0) return ids[i]!;
  }
  // Rounding: the probabilities add up to a little less than 1.
  return ids[probabilities.findLastIndex((probability) => probability > 0)]!;
}

/** What is drawn from at a temperature above 0. Without top-p they are in the order of their ids, else the most probable first. */
export function candidates(
  logits: Float32Array,
  { temperature, topK, topP }: Pick<Choice, "temperature" | "topK" | "topP">,
): Candidates {
  const kept = topK === null ? allIds(logits.length) : topIds(logits, topK);
  const probabilities = softmax(logits, kept, temperature);
  return topP === null || topP === 1 ? { ids: kept, probabilities } : nucleus(kept, probabilities, topP);
}

/** Positive logits of tokens in `seen` are divided by the penalty, negative ones multiplied (Keskar et al. 2019, section 4.1). */
export function penalizeRepetition(
  logits: Float32Array,
  penalty: number,
  seen: Iterable<number>,
): Float32Array {
  if (penalty === 1) return logits;
  const penalized = logits.slice();
  for (const id of new Set(seen)) {
    const logit = penalized[id]!;
    penalized[id] = logit < 0 ? logit * penalty : logit / penalty;
  }
  return penalized;
}

function mostProbable(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}

function allIds(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, id) => id);
}

/** Those whose logit is not below the k-th largest: more than k where several are equal to it. */
function topIds(logits: Float32Array, k: number): Int32Array {
  if (k >= logits.length) return allIds(logits.length);
  let threshold = 0;
  let taken = 0;
  for (const index of descending(logits)) {
    threshold = logits[index]!;
    if (++taken === k) break;
  }
  const ids: number[] = [];
  for (let id = 0; id < logits.length; id++) if (logits[id]! >= threshold) ids.push(id);
  return Int32Array.from(ids);
}

function softmax(logits: Float32Array, ids: Int32Array, temperature: number): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const id of ids) largest = Math.max(largest, logits[id]!);
  const weights = Float64Array.from(ids, (id) => Math.exp((logits[id]! - largest) / temperature));
  return normalize(weights);
}

/**
 * The most probable tokens up to the one with which they reach `topP` (Holtzman et al. 2020): a token stays when those that are
 * more probable do not reach it yet.
 */
function nucleus(ids: Int32Array, probabilities: Float64Array, topP: number): Candidates {
  const kept: number[] = [];
  let before = 0;
  for (const index of descending(probabilities)) {
    if (before >= topP) break;
    kept.push(index);
    before += probabilities[index]!;
  }
  return {
    ids: Int32Array.from(kept, (index) => ids[index]!),
    probabilities: normalize(Float64Array.from(kept, (index) => probabilities[index]!)),
  };
}

function normalize(weights: Float64Array): Float64Array {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
