/** How fast a model wrote, over several requests. */
import type { ModelMessageOf } from "../../contracts/model-protocol";
import { formatCount, formatDuration } from "../terminal/numbers";

export class SpeedTotal {
  private tokens = 0;
  private seconds = 0;
  private promptTokens = 0;
  private promptSeconds = 0;

  add(done: ModelMessageOf<"generated">): void {
    this.tokens += done.tokens;
    this.seconds += done.seconds;
    this.promptTokens += done.promptTokens;
    this.promptSeconds += done.promptSeconds;
  }

  /** `312 tokens in 4.1s (76 per second), after prompts of 1,024 tokens in 0.6s`. */
  text(): string {
    const writing = this.seconds - this.promptSeconds;
    const speed = writing > 0 ? ` (${formatCount(this.tokens / writing)} per second)` : "";
    const prompts = `after prompts of ${formatCount(this.promptTokens)} tokens in ${formatDuration(this.promptSeconds)}`;
    return `${formatCount(this.tokens)} tokens in ${formatDuration(writing)}${speed}, ${prompts}`;
  }
}
