/** One answer while it is written. */
import type { EndReason, Sampling } from "../../contracts/model-protocol";
import { UserError } from "../../contracts/user-error";
import { SequencePast } from "../model/sequence-past";
import type { Random } from "../random";
import { AnswerText } from "./answer-text";
import type { LoadedModel } from "./loaded-model";
import { nextToken } from "./next-token";

export class Answer {
  /** Keys and values of the tokens that the model has read. */
  readonly past: SequencePast;
  /** Tokens that it has not read yet: of the prompt, or the last one of the answer. */
  unread: number[];
  /** Tokens written, the stop token included. */
  tokens = 0;
  /** Why it ended; null while it goes on. */
  reason: EndReason | null = null;
  /** The stop text, or the text of the stop token. */
  stop: string | null = null;
  private readonly text: AnswerText;
  private readonly seen: number[];

  /** `prompt`: its number, to tell answers apart. */
  constructor(
    readonly prompt: number,
    promptIds: readonly number[],
    private readonly loaded: LoadedModel,
    private readonly sampling: Sampling,
    private readonly random: Random,
  ) {
    const { model, tokenizer, specialIds } = loaded;
    this.past = new SequencePast(model.decoder, model.backend.operations);
    this.unread = [...promptIds];
    this.seen = [...promptIds];
    this.text = new AnswerText(tokenizer, (id) => specialIds.has(id), promptIds, sampling.stop);
  }

  get promptTokens(): number {
    return this.seen.length - this.tokens;
  }

  /** Tokens of prompt and answer, should it become as long as it may. */
  get mostPositions(): number {
    return Math.min(this.promptTokens + this.sampling.maxTokens, this.loaded.contextLength ?? Infinity);
  }

  markRead(count: number): void {
    this.unread = this.unread.slice(count);
  }

  /**
   * Chooses the next token by the logits [V] after the last one, and gives the text that it completes.
   * @throws UserError "bad-model" when a logit is not a number.
   */
  takeToken(logits: Float32Array): string {
    const id = nextToken(logits, this.sampling, this.seen, this.random);
    if (!Number.isFinite(logits[id]))
      throw new UserError(
        "bad-model",
        "The model's logits are infinite or not numbers.",
        "Its weights are damaged, or their training had diverged: use another checkpoint.",
      );
    this.tokens++;
    this.seen.push(id);
    this.unread = [id];
    const ending = this.loaded.stopTokens.get(id);
    if (ending !== undefined) return this.end("stop-token", ending);
    const text = this.text.add(id);
    if (this.text.stopped !== null) this.end("stop-text", this.text.stopped);
    else if (this.promptTokens + this.tokens >= this.mostPositions) this.end("length", null);
    return text;
  }

  /** What of the text was held back, once it has ended. */
  rest(): string {
    return this.text.end();
  }

  cancel(): void {
    this.end("cancelled", null);
  }

  dispose(): void {
    this.past.dispose();
  }

  private end(reason: EndReason, stop: string | null): "" {
    this.reason = reason;
    this.stop = stop;
    return "";
  }
}
