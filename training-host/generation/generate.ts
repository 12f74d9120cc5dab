/**
 * Writes answers to prompts, several at a time: every pass of the model computes one token of each answer that goes on, and beside
 * them the tokens of prompts that come new. An answer that ends makes room for the next prompt (Yu et al. 2022, Orca).
 */
import type { EndReason, ModelMessageOf, Sampling } from "../../contracts/model-protocol";
import type { PackedBatch } from "../data/packed-batch";
import { Random } from "../random";
import { giveWay } from "../training/stop-request";
import { Answer } from "./answer";
import { type LoadedModel, parameterCount, pastBytesPerToken } from "./loaded-model";

/** Bounds the memory of keys and values; a single answer may take more. */
const CACHE_BYTES = 2 ** 30;
/** Beyond this many, reading the weights is no longer what takes the time. */
const MOST_ANSWERS = 32;
/** Multiplications of one pass over prompts: a request to stop is heard after it. */
const PRODUCTS_PER_PASS = 5e10;
const ROWS_PER_PASS = { least: 64, most: 512 };

export interface GenerationHooks {
  onDelta?(prompt: number, text: string): void;
  onEnded?(prompt: number, end: Omit<ModelMessageOf<"ended">, "type" | "id" | "prompt">): void;
  /** Ends all answers with what they have. */
  signal?: AbortSignal;
}

export type GenerationSummary = Omit<ModelMessageOf<"generated">, "type" | "id">;

/**
 * `prompts`: token ids, at least one each and fewer than the context is long. The texts come through the hooks.
 * @throws UserError "out-of-memory", "bad-model" when the model's numbers are not finite.
 */
export async function generate(
  loaded: LoadedModel,
  prompts: readonly (readonly number[])[],
  sampling: Sampling,
  hooks: GenerationHooks = {},
): Promise<GenerationSummary> {
  const run = new GenerationRun(loaded, prompts, sampling, hooks);
  try {
    return await run.go();
  } finally {
    run.dispose();
  }
}

class GenerationRun {
  private readonly waiting: Answer[];
  private active: Answer[] = [];
  private readonly rowsPerPass: number;
  private readonly mostPositions: number;
  private promptSeconds = 0;
  private answerSeconds = 0;
  private answerTokens = 0;
  private tokens = 0;

  constructor(
    private readonly loaded: LoadedModel,
    private readonly prompts: readonly (readonly number[])[],
    sampling: Sampling,
    private readonly hooks: GenerationHooks,
  ) {
    this.waiting = prompts.map(
      (ids, index) => new Answer(index, ids, loaded, sampling, new Random(sampling.seed, `prompt ${index}`)),
    );
    const { decoder } = loaded.model;
    const { least, most } = ROWS_PER_PASS;
    this.rowsPerPass = Math.round(
      Math.min(most, Math.max(least, PRODUCTS_PER_PASS / parameterCount(decoder))),
    );
    this.mostPositions = CACHE_BYTES / pastBytesPerToken(decoder);
  }

  async go(): Promise<GenerationSummary> {
    const start = performance.now();
    for (this.admit(); this.active.length > 0; this.admit()) {
      if (this.hooks.signal?.aborted) this.cancel();
      else await this.pass();
      // Passes are synchronous work on most backends: a request to stop must be heard between them.
      await giveWay();
    }
    return {
      promptTokens: this.prompts.reduce((sum, { length }) => sum + length, 0),
      tokens: this.tokens,
      promptSeconds: this.promptSeconds,
      seconds: (performance.now() - start) / 1000,
      tokensPerSecond: this.answerTokens > 0 ? this.answerTokens / this.answerSeconds : null,
    };
  }

  dispose(): void {
    for (const answer of this.active) answer.dispose();
  }

  /** Takes as many of the waiting as memory is allowed for. */
  private admit(): void {
    let positions = this.active.reduce((sum, { mostPositions }) => sum + mostPositions, 0);
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      positions += next.mostPositions;
      const isFull = this.active.length === MOST_ANSWERS || positions > this.mostPositions;
      if (this.active.length > 0 && isFull) return;
      this.active.push(this.waiting.shift()!);
    }
  }

  private async pass(): Promise<void> {
    const start = performance.now();
    const taking = this.share();
    const complete = taking.filter(({ answer, count }) => count === answer.unread.length);
    const lastRows = Int32Array.from(complete, ({ end }) => end - 1);
    const pasts = taking.map(({ answer }) => answer.past);
    const logits = await this.loaded.model.logits(packed(taking), lastRows, pasts);
    for (const { answer, count } of taking) answer.markRead(count);
    const hasPrompts = taking.some(({ answer, count }) => count > 1 || answer.tokens === 0);
    const vocabulary = logits.length / Math.max(1, complete.length);
    for (const [row, { answer }] of complete.entries()) {
      const text = answer.takeToken(logits.subarray(row * vocabulary, (row + 1) * vocabulary));
      if (text !== "") this.hooks.onDelta?.(answer.prompt, text);
      if (answer.reason !== null) this.finish(answer, answer.reason);
    }
    this.active = this.active.filter(({ reason }) => reason === null);
    const seconds = (performance.now() - start) / 1000;
    if (hasPrompts) this.promptSeconds += seconds;
    else {
      this.answerSeconds += seconds;
      this.answerTokens += complete.length;
    }
  }

  /** What each answer brings to the next pass: those that go on their last token, new ones as much of the prompt as has room. */
  private share(): Taken[] {
    const goingOn = this.active.filter(({ tokens }) => tokens > 0);
    const beginning = this.active.filter(({ tokens }) => tokens === 0);
    const taken: Taken[] = [];
    let rows = 0;
    for (const answer of [...goingOn, ...beginning]) {
      const room = Math.max(this.rowsPerPass - rows, taken.length === 0 ? 1 : 0);
      const count = Math.min(answer.unread.length, answer.tokens > 0 ? 1 : room);
      if (count === 0) break;
      rows += count;
      taken.push({ answer, count, end: rows });
    }
    return taken;
  }

  private cancel(): void {
    for (const answer of [...this.active, ...this.waiting.splice(0)]) {
      answer.cancel();
      this.finish(answer, "cancelled");
    }
    this.active = [];
  }

  private finish(answer: Answer, reason: EndReason): void {
    const rest = answer.rest();
    if (rest !== "") this.hooks.onDelta?.(answer.prompt, rest);
    this.tokens += answer.tokens;
    this.hooks.onEnded?.(answer.prompt, {
      reason,
      stop: answer.stop,
      promptTokens: answer.promptTokens,
      tokens: answer.tokens,
    });
    answer.dispose();
  }
}

/** Rows of an answer in a pass: the first `count` of what is unread, up to row `end` (exclusive) of the pass. */
interface Taken {
  answer: Answer;
  count: number;
  end: number;
}

function packed(taken: readonly Taken[]): PackedBatch {
  return {
    ids: Int32Array.from(taken.flatMap(({ answer, count }) => answer.unread.slice(0, count))),
    positions: Int32Array.from(
      taken.flatMap(({ answer, count }) => Array.from({ length: count }, (_, i) => answer.past.rows + i)),
    ),
    starts: Int32Array.of(0, ...taken.map(({ end }) => end)),
  };
}
