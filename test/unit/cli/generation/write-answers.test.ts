/** Answers as they are printed: in the order of the prompts, and without a terminal's commands. */
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { samplingOf } from "../../../../cli/commands/generate";
import { answerOutput, withoutControls } from "../../../../cli/generation/answer-output";
import type { NamedPrompt } from "../../../../cli/generation/prompts";
import { grouped, writeAnswers } from "../../../../cli/generation/write-answers";
import { UsageError } from "../../../../cli/report-error";
import { phaseText } from "../../../../cli/terminal/phase-display";
import { plainStyle } from "../../../../cli/terminal/style";
import type { LoadedModel } from "../../../../cli/with-model";
import { defaultSampling } from "../../../../contracts/model-protocol";

type Generate = LoadedModel["client"]["generate"];
type Step = [prompt: number, text: string | null];

/** Prints what a model answers that writes `steps` in this order; null ends an answer. */
async function printed(steps: readonly Step[], count: number, json: boolean): Promise<string> {
  const stdout = new PassThrough();
  const lines: string[] = [];
  const output = answerOutput(
    {
      out: (line) => stdout.write(`${line}\n`),
      err: (line) => lines.push(line),
      ...{ outStyle: plainStyle, errStyle: plainStyle, terminal: null, columns: 80 },
    },
    stdout,
  );
  const generate: Generate = async (_, listeners) => {
    for (const [prompt, text] of steps) {
      const end = { reason: "length", stop: null, promptTokens: 1, tokens: 1 } as const;
      if (text !== null) listeners?.onDelta?.({ type: "delta", id: 1, prompt, text });
      else listeners?.onEnded?.({ type: "ended", id: 1, prompt, ...end });
    }
    return {
      type: "generated",
      id: 1,
      promptTokens: 1,
      tokens: 1,
      promptSeconds: 1,
      seconds: 2,
      tokensPerSecond: 1,
    };
  };
  const prompts = async function* (): AsyncGenerator<NamedPrompt> {
    for (let index = 0; index < count; index++)
      yield { prompt: { kind: "text", text: "" }, shown: `prompt ${index}` };
  };
  const loaded = { client: { generate }, signal: new AbortController().signal } as unknown as LoadedModel;
  expect(await writeAnswers(prompts(), loaded, defaultSampling, json, output)).toBe(0);
  stdout.end();
  return text(stdout);
}

it("keeps the order of the prompts, whichever answer is ready first", async () => {
  const steps: Step[] = [
    [1, "b"],
    [0, "a"],
    [1, "B"],
    [1, null],
    [0, "A"],
    [2, "c"],
    [0, null],
    [2, "C"],
    [2, null],
  ];
  expect(await printed(steps, 3, false)).toBe("prompt 0\naA\n\nprompt 1\nbB\n\nprompt 2\ncC\n");
  const lines = (await printed(steps, 3, true))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ index, prompt, text }) => [index, prompt, text])).toEqual([
    [0, "prompt 0", "aA"],
    [1, "prompt 1", "bB"],
    [2, "prompt 2", "cC"],
  ]);
});

it("prints a single answer alone, also an empty one", async () => {
  expect(
    await printed(
      [
        [0, "x"],
        [0, "y"],
        [0, null],
      ],
      1,
      false,
    ),
  ).toBe("xy\n");
  expect(await printed([[0, null]], 1, false)).toBe("\n");
});

it("takes commands to the terminal out of a model's words", () => {
  expect(withoutControls("a\u001b[2J\tb\nc\u009b\u0007é")).toBe("a\uFFFD[2J\tb\nc\uFFFD\uFFFDé");
});

it("groups prompts, the last group smaller", async () => {
  const items = async function* () {
    yield* [1, 2, 3, 4, 5];
  };
  const groups: number[][] = [];
  for await (const group of grouped(items(), 2)) groups.push(group);
  expect(groups).toEqual([[1, 2], [3, 4], [5]]);
});

it("draws when top-k or top-p ask for it, and refuses to at temperature 0", () => {
  const usual = { maxTokens: 5, repetitionPenalty: 1, seed: 0, stop: [] };
  expect(samplingOf(usual)).toEqual({ ...usual, temperature: 0, topK: null, topP: null });
  expect(samplingOf({ ...usual, topK: 3 })).toMatchObject({ temperature: 1, topK: 3 });
  expect(samplingOf({ ...usual, topP: 0.5, temperature: 0.2 })).toMatchObject({
    temperature: 0.2,
    topP: 0.5,
  });
  expect(() => samplingOf({ ...usual, topP: 0.5, temperature: 0 })).toThrowError(UsageError);
  expect(() => samplingOf({ ...usual, stop: [""] })).toThrowError(UsageError);
});

it("shows how far a phase has come", () => {
  const progress = { type: "progress", id: 1 } as const;
  expect(phaseText({ ...progress, phase: "loading", share: null, secondsLeft: null })).toBe(
    "Loading the model ...",
  );
  expect(phaseText({ ...progress, phase: "evaluating", share: 0.5, secondsLeft: 65 })).toMatch(
    /^Evaluating {2}━{12}─{12} {2}50%, 1m 05s left$/,
  );
});
