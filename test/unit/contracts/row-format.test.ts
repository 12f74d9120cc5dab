import fc from "fast-check";
import { expect, test } from "vitest";
import type { DatasetFormat } from "../../../contracts/plan";
import { checkRow, describeRowProblem } from "../../../contracts/row-format";

const columns: DatasetFormat = { kind: "columns", prompt: "q", answer: "a", system: null };
const withSystem: DatasetFormat = { kind: "columns", prompt: "q", answer: "a", system: "s" };
const alpaca: DatasetFormat = {
  kind: "alpaca",
  instruction: "instruction",
  input: "input",
  output: "output",
};
const mapped: DatasetFormat = { kind: "alpaca", instruction: "task", input: "data", output: "solution" };
const chat: DatasetFormat = { kind: "chat", messages: "messages", role: "role", text: "content" };
const text: DatasetFormat = { kind: "text", column: "text" };

const turn = (role: unknown, content: unknown) => ({ role, content });

test.each<[DatasetFormat, unknown, string | null]>([
  [columns, { q: "", a: "" }, null],
  [columns, { q: "x", a: "y", more: 1 }, null],
  [columns, { q: "x" }, 'column "a": expected a string, found no such column (there are: q)'],
  [columns, {}, 'column "q": expected a string, found an empty row'],
  [columns, { q: true, a: "" }, 'column "q": expected a string, found true'],
  [columns, null, "expected a JSON object with one member per column, found null"],
  [columns, "x", "expected a JSON object with one member per column, found a string"],
  [alpaca, { instruction: "x", output: "y" }, null],
  [alpaca, { instruction: "x", input: null, output: "y" }, null],
  [
    alpaca,
    { instruction: "x", input: 1, output: "y" },
    'column "input": expected a string, or nothing, found a number',
  ],
  [
    alpaca,
    { instruction: "x", response: "y" },
    'column "output": expected a string, found no such column (there are: instruction, response)',
  ],
  [withSystem, { q: "x", a: "y" }, null],
  [withSystem, { q: "x", a: "y", s: null }, null],
  [withSystem, { q: "x", a: "y", s: {} }, 'column "s": expected a string, or nothing, found an object'],
  [mapped, { task: "x", solution: "y" }, null],
  [
    mapped,
    { instruction: "x", output: "y" },
    'column "task": expected a string, found no such column (there are: instruction, output)',
  ],
  [text, { text: ["x"] }, 'column "text": expected a string, found a list'],
  [chat, { messages: [turn("user", "x"), turn("assistant", "y")] }, null],
  [chat, { messages: [turn("human", "x"), turn("gpt", "y")] }, null],
  [chat, { messages: [] }, 'column "messages": expected at least one turn, found an empty list'],
  [
    chat,
    { messages: "x" },
    'column "messages": expected a list of turns such as [{"role": "user", "content": "..."}, ...], found a string',
  ],
  [
    chat,
    { turns: [] },
    'column "messages": expected a list of turns such as [{"role": "user", "content": "..."}, ...], found no such column (there are: turns)',
  ],
  [chat, { messages: [turn("user", "x"), 7] }, 'column "messages[1]": expected an object, found a number'],
  [
    chat,
    {
      conversations: [
        { from: "human", value: "x" },
        { from: "gpt", value: "y" },
      ],
    },
    null,
  ],
  [chat, { conversations: [turn("user", "x"), turn("assistant", "y")] }, null],
  [
    chat,
    { conversations: [{ from: "human", value: 7 }] },
    'column "conversations[0].value": expected a string, found a number',
  ],
  [chat, { messages: [turn("user", [{ type: "text", text: "x" }]), turn("assistant", "y")] }, null],
  [
    chat,
    { messages: [turn("user", [{ type: "image_url" }])] },
    'column "messages[0].content[0]": expected a part such as {"type": "text", "text": "..."}, found a part of type "image_url"',
  ],
  [
    chat,
    { messages: [turn("user", [{ type: "text" }])] },
    'column "messages[0].content[0].text": expected a string, found no such column (there are: type)',
  ],
  [chat, { messages: [{ role: "assistant", content: null, tool_calls: [{}] }] }, null],
  [
    chat,
    { messages: [turn("assistant", null)] },
    'column "messages[0].content": expected a string, found null',
  ],
  [chat, { messages: [turn("user", [])] }, 'column "messages[0].content": expected a string, found a list'],
  [
    chat,
    { messages: [{ from: "user", content: "x" }] },
    'column "messages[0].role": expected a string, found no such column (there are: from, content)',
  ],
  [
    chat,
    { messages: [turn("wizard", "x")] },
    'column "messages[0].role": expected one of system, developer, user, human, prompter, assistant, gpt, chatgpt, bing, bard, claude, model, bot, chatbot, function_call, tool, function, observation, found "wizard"',
  ],
  [
    chat,
    { messages: [turn("user", "x")] },
    'column "messages": expected at least one turn of the assistant, found none',
  ],
])("%j and %j: %s", (format, row, expected) => {
  const problem = checkRow(format, row);
  expect(problem === null ? null : describeRowProblem(problem)).toBe(expected);
});

test("knows what Parquet has and JSON has not", () => {
  const problem = (value: unknown) => describeRowProblem(checkRow(text, { text: value })!);
  expect(problem(1n)).toBe('column "text": expected a string, found a number');
  expect(problem(new Uint8Array(2))).toBe('column "text": expected a string, found bytes');
  expect(problem(new Date(0))).toBe('column "text": expected a string, found a date');
});

test("answers for any JSON value, and names only what is there or asked for", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(columns, withSystem, alpaca, mapped, chat, text),
      fc.jsonValue(),
      (format, row) => {
        const problem = checkRow(format, row);
        expect(problem === null || describeRowProblem(problem).length > 0).toBe(true);
      },
    ),
  );
});
