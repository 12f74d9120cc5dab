/** `mos generate --chat` on a terminal: a conversation. Ctrl+C stops an answer; at the prompt it leaves, as Ctrl+D does. */
import { createInterface, type Interface } from "node:readline";
import type { ChatMessage, OpenedModel, Sampling } from "../../contracts/model-protocol";
import { UserError } from "../../contracts/user-error";
import type { ModelClient } from "../../model-client/model-client";
import { type ExitCode, exitCodes } from "../exit-code";
import type { AnswerOutput } from "./answer-output";

export interface Talking {
  client: Pick<ModelClient, "generate">;
  model: Pick<OpenedModel, "architecture" | "backend">;
}

interface Terminal {
  stdin: NodeJS.ReadableStream;
  stdout: NodeJS.WritableStream;
}

export async function converse(
  { client, model }: Talking,
  sampling: Sampling,
  system: string | null,
  output: AnswerOutput,
  { stdin, stdout }: Terminal = process,
): Promise<ExitCode> {
  const reader = createInterface({ input: stdin, output: stdout, terminal: true });
  const keys = `Ctrl+C stops an answer, at the prompt it leaves.`;
  output.err(output.errStyle.dim(`${model.architecture} on ${model.backend}. ${keys}`));
  const messages: ChatMessage[] = system === null ? [] : [{ role: "system", content: system }];
  const lines = new Lines(reader);
  try {
    for (;;) {
      const said = await lines.next(output.outStyle.bold("you: "));
      if (said === null) return exitCodes.done;
      if (said.trim() === "") continue;
      const asked: ChatMessage[] = [...messages, { role: "user", content: said }];
      const answer = await answerTo(asked, client, sampling, reader, output);
      // What got no answer is as if it had not been said.
      if (answer !== "")
        messages.splice(0, messages.length, ...asked, { role: "assistant", content: answer });
    }
  } finally {
    reader.close();
  }
}

/** Writes the answer as it comes; "" when there is none. */
async function answerTo(
  messages: ChatMessage[],
  client: Talking["client"],
  sampling: Sampling,
  reader: Interface,
  output: AnswerOutput,
): Promise<string> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  reader.on("SIGINT", interrupt).on("close", interrupt);
  let answer = "";
  const onDelta = ({ text }: { text: string }) => {
    answer += text;
    output.writeForeign(text);
  };
  output.write(output.outStyle.bold("model: "));
  try {
    await client.generate({ prompts: [{ kind: "chat", messages }], sampling }, { onDelta }, stop.signal);
    return answer;
  } catch (error) {
    if (!(error instanceof UserError) || error.reason === "host-lost") throw error;
    output.err(`${output.errStyle.bad("error:")} ${error.message}`);
    return "";
  } finally {
    reader.off("SIGINT", interrupt).off("close", interrupt);
    output.write("\n");
  }
}

/** Lines as a person writes them, also those that are pasted together or written during an answer. */
class Lines {
  private readonly written: string[] = [];
  private left = false;
  private onChange: () => void = () => {};

  constructor(private readonly reader: Interface) {
    reader.on("line", (line) => {
      this.written.push(line);
      this.onChange();
    });
    reader.once("close", () => this.leave());
  }

  /** null: the person leaves. */
  async next(question: string): Promise<string | null> {
    const leave = () => this.leave();
    this.reader.on("SIGINT", leave);
    if (this.written.length === 0 && !this.left) {
      this.reader.setPrompt(question);
      this.reader.prompt();
      await new Promise<void>((resolve) => {
        this.onChange = resolve;
      });
    }
    this.reader.off("SIGINT", leave);
    return this.left ? null : this.written.shift()!;
  }

  private leave(): void {
    this.left = true;
    this.onChange();
  }
}
