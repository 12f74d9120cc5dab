/** Options that take the words of a `.mos` statement. */
import { describe, expect, it } from "vitest";
import { UsageError } from "../../../cli/report-error";
import { readFormat, readTemplate } from "../../../cli/statement-words";

describe("--format", () => {
  it.each([
    ["chat", { kind: "chat", messages: "messages", role: "role", text: "content" }],
    [
      "chat messages=conversations role=from text=value",
      { kind: "chat", messages: "conversations", role: "from", text: "value" },
    ],
    ["alpaca", { kind: "alpaca", instruction: "instruction", input: "input", output: "output" }],
    [
      "columns prompt=inputs answer=targets",
      { kind: "columns", prompt: "inputs", answer: "targets", system: null },
    ],
    [
      `columns prompt="a question" answer='the answer'`,
      { kind: "columns", prompt: "a question", answer: "the answer", system: null },
    ],
    ["text column=body", { kind: "text", column: "body" }],
  ])("takes what the statement takes: %s", (words, format) => {
    expect(readFormat(words)).toEqual(format);
  });

  it.each([
    ["", /needs a value/],
    ["collumns", /takes `chat`, `alpaca`, `columns` or `text`/],
    ["columns promt=x", /Did you mean `prompt`/],
    ["chat } experiment x {", /--format/],
    ["chat\nlimit 3", /--format/],
  ])("says what is wrong in the language's words: %s", (words, message) => {
    expect(() => readFormat(words)).toThrowError(message);
    expect(() => readFormat(words)).toThrowError(UsageError);
  });
});

describe("--template", () => {
  it.each([
    ["own", { kind: "own" }],
    ["none", { kind: "none" }],
    ["vicuna", { kind: "vicuna" }],
    ["file chat templates/my own.jinja", { kind: "file", path: "chat templates/my own.jinja" }],
    ['file "a.jinja"', { kind: "file", path: "a.jinja" }],
  ])("takes what the statement takes: %s", (words, template) => {
    expect(readTemplate(words)).toEqual(template);
  });

  it("says what there is", () => {
    expect(() => readTemplate("mine")).toThrowError(/`own`, `none`, `chatml`, `vicuna` or `file`/);
  });
});
