/** Answers many prompts, several at a time, and prints the answers in the order of the prompts. */
import type { ModelMessageOf, Sampling } from "../../contracts/model-protocol";
import { type ExitCode, exitCodes } from "../exit-code";
import type { LoadedModel } from "../with-model";
import { type AnswerOutput, withoutControls } from "./answer-output";
import type { NamedPrompt } from "./prompts";
import { SpeedTotal } from "./speed-total";

/** Prompts of one request; the model's process works on as many of them at a time as is good. */
const PROMPTS_AT_ONCE = 128;

type End = ModelMessageOf<"ended">;

export async function writeAnswers(
  prompts: AsyncIterable<NamedPrompt>,
  { client, signal }: LoadedModel,
  sampling: Sampling,
  json: boolean,
  output: AnswerOutput,
): Promise<ExitCode> {
  const speed = new SpeedTotal();
  let first = 0;
  for await (const group of grouped(prompts, PROMPTS_AT_ONCE)) {
    const page = json ? new JsonLines(group, first, output) : new AnswerPage(group, first, output);
    const listeners = {
      onDelta: ({ prompt, text }: ModelMessageOf<"delta">) => page.add(prompt, text),
      onEnded: (end: End) => page.end(end),
    };
    const request = { prompts: group.map(({ prompt }) => prompt), sampling };
    speed.add(await client.generate(request, listeners, signal));
    first += group.length;
    if (signal.aborted) return exitCodes.cancelled;
  }
  if (!json && output.terminal !== null) output.err(output.errStyle.dim(speed.text()));
  return exitCodes.done;
}

/** The last group may be smaller. */
export async function* grouped<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** Answers in the order of their prompts: one that is ready before an earlier one waits. */
abstract class InOrder {
  protected readonly texts: string[];
  private readonly ends: (End | null)[];
  private next = 0;

  constructor(protected readonly prompts: readonly NamedPrompt[]) {
    this.texts = prompts.map(() => "");
    this.ends = prompts.map(() => null);
  }

  add(prompt: number, text: string): void {
    this.texts[prompt] += text;
    if (prompt === this.next) this.grow(prompt, text);
  }

  end(end: End): void {
    this.ends[end.prompt] = end;
    for (let ready = this.ends[this.next]; ready; ready = this.ends[this.next]) {
      this.finish(this.next, ready);
      this.next++;
      if (this.next < this.prompts.length) this.grow(this.next, this.texts[this.next]!);
    }
  }

  /** More of the answer whose turn it is. */
  protected abstract grow(prompt: number, text: string): void;
  protected abstract finish(prompt: number, end: End): void;
}

class JsonLines extends InOrder {
  /** `first`: the number of the first prompt among all. */
  constructor(
    prompts: readonly NamedPrompt[],
    private readonly first: number,
    private readonly output: AnswerOutput,
  ) {
    super(prompts);
  }

  protected override grow(): void {}

  protected override finish(at: number, { reason, stop, promptTokens, tokens }: End): void {
    const { shown } = this.prompts[at]!;
    const answer = { index: this.first + at, prompt: shown, text: this.texts[at]! };
    this.output.out(JSON.stringify({ ...answer, reason, stop, promptTokens, tokens }));
  }
}

/** The text as it comes; with a line above each answer when there are several. */
class AnswerPage extends InOrder {
  private begun = -1;

  constructor(
    prompts: readonly NamedPrompt[],
    private readonly first: number,
    private readonly output: AnswerOutput,
  ) {
    super(prompts);
  }

  protected override grow(prompt: number, text: string): void {
    this.begin(prompt);
    this.output.writeForeign(text);
  }

  protected override finish(prompt: number): void {
    this.begin(prompt);
    this.output.write("\n");
  }

  private begin(prompt: number): void {
    if (this.begun === prompt) return;
    this.begun = prompt;
    if (this.prompts.length === 1 && this.first === 0) return;
    const gap = this.first + prompt === 0 ? "" : "\n";
    this.output.write(`${gap}${this.output.outStyle.bold(withoutControls(this.prompts[prompt]!.shown))}\n`);
  }
}
