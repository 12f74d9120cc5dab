import path from "node:path";
import { describe, expect, test } from "vitest";
import type { DatasetFormat } from "../../../../contracts/plan";
import type { UserError } from "../../../../contracts/user-error";
import { renderingFor } from "../../../../training-host/data/chat-template";
import { encodeExample } from "../../../../training-host/data/encode-example";
import type { Piece } from "../../../../training-host/data/formats/piece";
import { messagesOf, rowPieces } from "../../../../training-host/data/formats/row-pieces";
import { loadTokenizer, type Tokenizer } from "../../../../training-host/data/tokenizer";

const fixtures = path.resolve(import.meta.dirname, "../../../fixtures/reference/tokenizer");
const columns: DatasetFormat = { kind: "columns", prompt: "q", answer: "a", system: null };
const alpaca: DatasetFormat = {
  kind: "alpaca",
  instruction: "instruction",
  input: "input",
  output: "output",
};
const openChat: DatasetFormat = { kind: "chat", messages: "messages", role: "role", text: "content" };
const chat: DatasetFormat = { kind: "chat", messages: "conversations", role: "from", text: "value" };
const text: DatasetFormat = { kind: "text", column: "body" };
const plain = { template: null, specialTexts: [] };

function row(value: unknown) {
  return { value, place: "d.jsonl:7", source: "", bytesRead: 0 };
}

/** Learned text in brackets. */
function marked(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => {
      const shown = "text" in piece ? piece.text : `{${piece.special}}`;
      return piece.learned ? `[${shown}]` : shown;
    })
    .join("");
}

function turns(...pairs: [string, string][]) {
  return row({ conversations: pairs.map(([from, value]) => ({ from, value })) });
}

describe("without a chat template", () => {
  test("a pair is prompt, response, eos", () => {
    expect(marked(rowPieces(columns, row({ q: "1+1=", a: "2" }), plain))).toBe("1+1=[2][{eos}]");
  });

  test("alpaca has Stanford's prompt, with and without an input", () => {
    const request = "Write a response that appropriately completes the request.";
    expect(marked(rowPieces(alpaca, row({ instruction: "Add.", input: "1 1", output: "2" }), plain))).toBe(
      "Below is an instruction that describes a task, paired with an input that provides further context. " +
        `${request}\n\n### Instruction:\nAdd.\n\n### Input:\n1 1\n\n### Response:[2][{eos}]`,
    );
    for (const input of ["", null, undefined]) {
      expect(marked(rowPieces(alpaca, row({ instruction: "Hi.", input, output: "Ho" }), plain))).toBe(
        `Below is an instruction that describes a task. ${request}\n\n### Instruction:\nHi.\n\n### Response:[Ho][{eos}]`,
      );
    }
  });

  test("chat is one labelled paragraph per turn, up to the assistant's last", () => {
    const conversation = turns(["system", "Be brief."], ["human", "Hi"], ["gpt", "Ho"], ["human", "Bye"]);
    expect(marked(rowPieces(chat, conversation, plain))).toBe(
      "System: Be brief.\nUser: Hi\nAssistant:[ Ho][{eos}]",
    );
    const longer = turns(["user", "Hi"], ["assistant", "Ho"], ["user", "Bye"], ["assistant", "Bye!"]);
    expect(marked(rowPieces(chat, longer, plain))).toBe(
      "User: Hi\nAssistant:[ Ho][{eos}]\nUser: Bye\nAssistant:[ Bye!][{eos}]",
    );
  });

  test("columns have any name, and perhaps one for the system", () => {
    const mapped: DatasetFormat = { kind: "alpaca", instruction: "task", input: "data", output: "solution" };
    const example = row({ task: "Add.", data: "1 1", solution: "2", instruction: 7 });
    expect(marked(rowPieces(mapped, example, plain))).toContain(
      "### Instruction:\nAdd.\n\n### Input:\n1 1\n\n### Response:[2][{eos}]",
    );
    const withSystem: DatasetFormat = { kind: "columns", prompt: "q", answer: "a", system: "s" };
    const said = (value: object) => marked(rowPieces(withSystem, row(value), plain));
    expect(said({ q: "1+1=", a: "2", s: "Be brief." })).toBe("Be brief.\n\n1+1=[2][{eos}]");
    for (const s of [undefined, null, ""]) expect(said({ q: "1+1=", a: "2", s })).toBe("1+1=[2][{eos}]");
    expect(() => said({ q: "1+1=", a: "2", s: 1 })).toThrow(
      'd.jsonl:7: column "s": expected a string, or nothing, found a number.',
    );
  });

  test("ShareGPT's names are recognised where the format names no others", () => {
    const conversation = turns(["system", "Be brief."], ["human", "Hi"], ["gpt", "Ho"]);
    const expected = "System: Be brief.\nUser: Hi\nAssistant:[ Ho][{eos}]";
    expect(marked(rowPieces(openChat, conversation, plain))).toBe(expected);
    const column: DatasetFormat = { kind: "chat", messages: "conversations", role: "role", text: "content" };
    expect(marked(rowPieces(column, conversation, plain))).toBe(expected);
    const named: DatasetFormat = { kind: "chat", messages: "messages", role: "speaker", text: "content" };
    expect(() => rowPieces(named, conversation, plain)).toThrow(
      /column "conversations\[0\]\.speaker": expected a string/,
    );
    const both = row({ conversations: [], messages: [{ role: "assistant", content: "x" }] });
    expect(marked(rowPieces(openChat, both, plain))).toBe("Assistant:[ x][{eos}]");
  });

  test("every name of a role means one of four", () => {
    const roles = {
      system: "system developer",
      user: "user human prompter",
      tool: "tool function observation",
    };
    const answering = "assistant gpt chatgpt bing bard claude model bot chatbot function_call Assistant";
    for (const [role, names] of Object.entries({ ...roles, assistant: answering })) {
      for (const name of names.split(" ")) {
        const messages = [
          { role: name, content: "x" },
          { role: "assistant", content: "y" },
        ];
        expect(messagesOf(openChat, { messages })?.[0]).toEqual({ role, content: "x" });
      }
    }
  });

  test("a turn's words may be a list of parts, or missing where it calls a tool", () => {
    const part = (text: string) => ({ type: "text", text });
    const calls = [{ type: "function", function: { name: "add", arguments: { a: 1n } } }];
    const messages = [
      { role: "user", content: [part("Hi"), part(" there")] },
      { role: "assistant", content: null, tool_calls: calls },
      { role: "tool", name: "add", content: "2" },
      { role: "assistant", content: "2" },
    ];
    expect(messagesOf(openChat, { messages })).toEqual([
      { role: "user", content: "Hi there" },
      {
        role: "assistant",
        content: "",
        members: {
          content: null,
          tool_calls: [{ type: "function", function: { name: "add", arguments: { a: 1 } } }],
        },
      },
      { role: "tool", content: "2", members: { name: "add" } },
      { role: "assistant", content: "2" },
    ]);
    expect(marked(rowPieces(openChat, row({ messages }), plain))).toBe(
      "User: Hi there\nAssistant:[ ][{eos}]\nTool: 2\nAssistant:[ 2][{eos}]",
    );
  });

  test("text is learned whole", () => {
    expect(marked(rowPieces(text, row({ body: "Once." }), plain))).toBe("{bos}[Once.][{eos}]");
  });
});

describe("with the model's chat template", () => {
  const rendering = async (name: string) => {
    const tokenizer = await loadTokenizer(path.join(fixtures, name));
    return renderingFor(tokenizer, { kind: "own" }, "");
  };

  test("qwen2 learns the answer and the end of its turn, not the line end after it", async () => {
    expect(marked(rowPieces(columns, row({ q: "Hi", a: "Ho" }), await rendering("qwen2")))).toBe(
      "<|im_start|>system\nYou are a helpful assistant<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n" +
        "<|im_start|>assistant\n[Ho<|im_end|>]\n",
    );
  });

  test("llama3 learns every turn of the assistant", async () => {
    const conversation = turns(
      ["human", "Hi"],
      ["gpt", "Ho"],
      ["human", "Bye"],
      ["gpt", "Bye!"],
      ["human", "?"],
    );
    expect(marked(rowPieces(chat, conversation, await rendering("llama3")))).toBe(
      "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>" +
        "<|start_header_id|>assistant<|end_header_id|>\n\n[Ho<|eot_id|>]" +
        "<|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|>" +
        "<|start_header_id|>assistant<|end_header_id|>\n\n[Bye!<|eot_id|>]",
    );
  });

  test("gemma has its own name for the assistant, and alpaca's input follows its instruction", async () => {
    const example = row({ instruction: "Add.", input: "1 1", output: "2" });
    expect(marked(rowPieces(alpaca, example, await rendering("gemma")))).toBe(
      "<bos><start_of_turn>user\nAdd.\n\n1 1<end_of_turn>\n<start_of_turn>model\n[2<end_of_turn>]\n",
    );
  });

  test("plain text is not a conversation", async () => {
    expect(marked(rowPieces(text, row({ body: "Once." }), await rendering("qwen2")))).toBe(
      "{bos}[Once.][{eos}]",
    );
  });

  test("the ids are those of the whole rendered text", async () => {
    for (const name of ["llama3", "qwen2", "gemma"]) {
      const tokenizer = await loadTokenizer(path.join(fixtures, name));
      const pieces = rowPieces(
        chat,
        turns(["human", "Hi, it's 12."], ["gpt", "the answer: 3\n\nbye"], ["human", "x"], ["gpt", "y"]),
        await renderingFor(tokenizer, { kind: "own" }, ""),
      );
      const whole = pieces.map((piece) => ("text" in piece ? piece.text : "")).join("");
      const { example } = encodeExample(pieces, tokenizer, 1000);
      expect([...example.ids]).toEqual(tokenizer.encode(whole));
    }
  });

  test("where the template has no place for the system, its words begin the user's first turn", async () => {
    const gemma = await rendering("gemma");
    const conversation = turns(["system", "Be brief."], ["human", "Hi"], ["gpt", "Ho"]);
    expect(marked(rowPieces(chat, conversation, gemma))).toBe(
      "<bos><start_of_turn>user\nBe brief.\n\nHi<end_of_turn>\n<start_of_turn>model\n[Ho<end_of_turn>]\n",
    );
    const silent = turns(["system", " "], ["human", "Hi"], ["gpt", "Ho"]);
    expect(marked(rowPieces(chat, silent, gemma))).toBe(
      marked(rowPieces(chat, turns(["human", "Hi"], ["gpt", "Ho"]), gemma)),
    );
    const unasked = turns(["system", "Be brief."], ["gpt", "Ho"]);
    expect(marked(rowPieces(chat, unasked, gemma))).toContain("user\nBe brief.<end_of_turn>");
  });

  test("a refusal of the template is told with the row's place and the turn", async () => {
    const gemma = await rendering("gemma");
    const refusal = (...pairs: [string, string][]) => {
      try {
        rowPieces(chat, turns(...pairs), gemma);
      } catch (error) {
        const { reason, message, advice } = error as UserError;
        expect(advice).toContain("`malformed skip`");
        return `${reason}: ${message}`;
      }
      return null;
    };
    const words = "Conversation roles must alternate user/assistant/user/assistant/...";
    expect(refusal(["human", "Hi"], ["human", "You?"], ["gpt", "Ho"])).toBe(
      `bad-row: d.jsonl:7: the chat template refuses turn 2 (user) of this conversation: ${words}`,
    );
    // The system's turn became a part of the next one, and still counts.
    expect(refusal(["system", "!"], ["human", "Hi"], ["gpt", "Ho"], ["gpt", "Hm"])).toBe(
      `bad-row: d.jsonl:7: the chat template refuses turn 4 (assistant) of this conversation: ${words}`,
    );
    expect(refusal(["gpt", "Ho"])).toContain("refuses turn 1 (assistant) of this conversation");
  });
});

describe("encoding", () => {
  const bytes = {
    encode: (value: string) => [...value].map((letter) => letter.charCodeAt(0)),
    bosId: 1,
    eosId: 2,
  } as unknown as Tokenizer;

  test("marks the learned tokens and puts in the special ones", () => {
    const { example, truncated } = encodeExample(
      rowPieces(columns, row({ q: "ab", a: "c" }), plain),
      bytes,
      10,
    );
    expect([...example.ids]).toEqual([97, 98, 99, 2]);
    expect([...example.learned]).toEqual([0, 0, 1, 1]);
    expect(truncated).toBe(false);
    expect([...encodeExample(rowPieces(text, row({ body: "a" }), plain), bytes, 10).example.ids]).toEqual([
      1, 97, 2,
    ]);
  });

  test("cuts at the end, and says so", () => {
    const pieces = rowPieces(columns, row({ q: "ab", a: "cd" }), plain);
    expect(encodeExample(pieces, bytes, 5).truncated).toBe(false);
    const { example, truncated } = encodeExample(pieces, bytes, 3);
    expect([...example.ids]).toEqual([97, 98, 99]);
    expect([...example.learned]).toEqual([0, 0, 1]);
    expect(truncated).toBe(true);
  });
});
