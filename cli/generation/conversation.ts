/** `mos generate --chat` on a terminal: a conversation. Ctrl+C stops an answer; at the prompt it leaves, as Ctrl+D does. */
import { createInterface, type Interface } from "node:readline";
import type { ChatMessage, Sampling } from "../../contracts/model-protocol";
import { UserError } from "../../contracts/user-error";
import { type ExitCode, exitCodes } from "../exit-code";
import type { LoadedModel } from "../with-model";
import type { AnswerOutput } from "./answer-output";

export async function converse(
  { client, model }: Pick<LoadedModel, "client" | "model">,
  sampling: Sampling,
  system: string | null,
  output: AnswerOutput,
): Promise<ExitCode> {
  const { outStyle, errStyle } = output;
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  output.err(
    errStyle.dim(
      `${model.architecture} on ${model.backend}. Ctrl+C stops an answer, at the prompt it leaves.`,
    ),
  );
  const messages: ChatMessage[] = system === null ? [] : [{ role: "system", content: system }];
  try {
    for (;;) {
      const said = await ask(reader, outStyle.bold("you: "));
      if (said === null) return exitCodes.done;
      if (said.trim() === "") continue;
      messages.push({ role: "user", content: said });
      const stop = new AbortController();
      const onInterrupt = () => stop.abort();
      reader.on("SIGINT", onInterrupt);
      let answer = "";
      try {
        output.write(outStyle.bold("model: "));
        const onDelta = ({ text }: { text: string }) => {
          answer += text;
          output.write(text);
        };
        const prompts = [{ kind: "chat" as const, messages }];
        await client.generate({ prompts, sampling }, { onDelta }, stop.signal);
        messages.push({ role: "assistant", content: answer });
      } catch (error) {
        if (!(error instanceof UserError) || error.reason === "host-lost") throw error;
        // What was asked last cannot be answered; the rest of the conversation stands.
        messages.pop();
        output.err(`${errStyle.bad("error:")} ${error.message}`);
      } finally {
        reader.off("SIGINT", onInterrupt);
        output.write("\n");
      }
    }
  } finally {
    reader.close();
  }
}

/** null: the person leaves. */
function ask(reader: Interface, question: string): Promise<string | null> {
  return new Promise((resolve) => {
    const settle = (answer: string | null) => {
      reader.off("SIGINT", leave);
      reader.off("close", leave);
      resolve(answer);
    };
    const leave = () => settle(null);
    reader.on("SIGINT", leave);
    reader.on("close", leave);
    reader.question(question, settle);
  });
}
