/** A conversation on a terminal: what is asked, what is kept of it, and what Ctrl+C and Ctrl+D mean. */
import { PassThrough } from "node:stream";
import { expect, it, onTestFinished } from "vitest";
import type { AnswerOutput } from "../../../../cli/generation/answer-output";
import { converse, type Talking } from "../../../../cli/generation/conversation";
import { plainStyle } from "../../../../cli/terminal/style";
import { type ChatMessage, defaultSampling } from "../../../../contracts/model-protocol";
import { UserError } from "../../../../contracts/user-error";

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";

type Generate = Talking["client"]["generate"];

/** Talks with a model that answers by `generate`; `asked` gets the messages of every request. */
function talk(
  generate: (said: string, ...rest: Parameters<Generate>) => Promise<void>,
  system: string | null = null,
) {
  const stdin = new PassThrough();
  const stdout = new PassThrough().resume();
  onTestFinished(() => void stdin.destroy());
  const asked: ChatMessage[][] = [];
  let written = "";
  const output: AnswerOutput = {
    out: () => {},
    err: (text) => {
      written += `${text}\n`;
    },
    write: (text) => {
      written += text;
    },
    writeForeign: (text) => {
      written += text;
    },
    ...{ outStyle: plainStyle, errStyle: plainStyle, terminal: null, columns: 80 },
  };
  const client = {
    generate: async (...args: Parameters<Generate>) => {
      const [prompt] = args[0].prompts;
      if (prompt?.kind !== "chat") throw new Error("a conversation asks as one");
      asked.push(structuredClone(prompt.messages));
      await generate(prompt.messages.at(-1)!.content, ...args);
      return {} as Awaited<ReturnType<Generate>>;
    },
  };
  const model = { architecture: "llama", backend: "wasm" as const };
  const ended = converse({ client, model }, defaultSampling, system, output, { stdin, stdout });
  return { stdin, asked, ended, written: () => written };
}

const echo = async (said: string, ...[, listeners]: Parameters<Generate>) => {
  listeners?.onDelta?.({ type: "delta", id: 1, prompt: 0, text: `${said}!` });
};

it("remembers what was said, from the system's words on, and ends with Ctrl+D", async () => {
  const { stdin, asked, ended, written } = talk(echo, "Be loud.");
  stdin.write("one\n");
  await expect.poll(() => asked.length).toBe(1);
  stdin.write("\ntwo\n");
  await expect.poll(() => written()).toContain("model: two!");
  stdin.write(CTRL_D);
  expect(await ended).toBe(0);
  expect(asked[1]).toEqual([
    { role: "system", content: "Be loud." },
    { role: "user", content: "one" },
    { role: "assistant", content: "one!" },
    { role: "user", content: "two" },
  ]);
});

it("stops an answer with Ctrl+C, keeps what there is of it, and leaves with the next", async () => {
  const { stdin, asked, ended, written } = talk(async (said, request, listeners, signal) => {
    await echo(said, request, listeners);
    if (said === "long") await new Promise((resolve) => signal!.addEventListener("abort", resolve));
  });
  stdin.write("long\n");
  await expect.poll(() => written()).toContain("long!");
  stdin.write(CTRL_C);
  await expect.poll(() => written()).toContain("long!\n");
  stdin.write("more\n");
  await expect.poll(() => asked.length).toBe(2);
  expect(asked[1]!.map(({ content }) => content)).toEqual(["long", "long!", "more"]);
  await expect.poll(() => written()).toContain("more!\n");
  stdin.write(CTRL_C);
  expect(await ended).toBe(0);
});

it("tells what cannot be answered, and forgets it", async () => {
  const { stdin, asked, ended, written } = talk(async (said, ...rest) => {
    if (said === "too much") throw new UserError("bad-row", "The prompt is too long.");
    await echo(said, ...rest);
  });
  stdin.write("too much\n");
  await expect.poll(() => written()).toContain("error: The prompt is too long.");
  stdin.write("less\n");
  await expect.poll(() => asked.length).toBe(2);
  expect(asked[1]).toEqual([{ role: "user", content: "less" }]);
  stdin.write(CTRL_D);
  expect(await ended).toBe(0);
});

it("passes on that the model's process is gone", async () => {
  const { stdin, ended } = talk(async () => {
    throw new UserError("host-lost", "The model's process ended with code 1.");
  });
  stdin.write("hello\n");
  await expect(ended).rejects.toMatchObject({ reason: "host-lost" });
});
