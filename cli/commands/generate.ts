import { Command } from "commander";
import type { Sampling } from "../../contracts/model-protocol";
import { answerOutput } from "../generation/answer-output";
import { converse } from "../generation/conversation";
import { promptsOf } from "../generation/prompts";
import { writeAnswers } from "../generation/write-answers";
import { UsageError } from "../report-error";
import { withModel } from "../with-model";
import type { MakeCommand } from "./command";
import { type ModelOptions, number, wholeNumber, withModelOptions } from "./model-options";

export interface GenerateOptions extends ModelOptions {
  prompt: string[];
  chat?: true;
  system?: string;
  data?: string;
  format?: string;
  limit?: number;
  maxTokens: number;
  temperature?: number;
  topK?: number;
  topP?: number;
  repetitionPenalty: number;
  seed: number;
  stop: string[];
  json?: true;
}

const collect = (text: string, before: string[]) => [...before, text];

export const generateCommand: MakeCommand = (output, done) =>
  withModelOptions(
    new Command("generate").description(
      "let a model write: go on from texts, answer the prompts of a data file, or talk with it",
    ),
  )
    .option(
      "--prompt <text>",
      "go on from this text; again for several (default: each line of the input)",
      collect,
      [],
    )
    .option("--chat", "prompts are what a user says; without any, on a terminal: a conversation")
    .option("--system <text>", "what the system says first, with --chat")
    .option("--data <file>", "answer the prompts of these rows instead")
    .option("--format <words>", "what a row looks like, as `format` in a .mos file")
    .option("--limit <rows>", "the first rows of --data only", wholeNumber(1))
    .option("--max-tokens <number>", "most tokens per answer", wholeNumber(1), 256)
    .option(
      "--temperature <number>",
      "0: always the most probable token; 1: as the model says (default: 0, or 1 with --top-k or --top-p)",
      number("a number from 0 on", (value) => value >= 0),
    )
    .option("--top-k <number>", "draw from the k most probable tokens only", wholeNumber(1))
    .option(
      "--top-p <share>",
      "draw from the most probable tokens only that together have this probability",
      number("a number above 0 and up to 1", (value) => value > 0 && value <= 1),
    )
    .option(
      "--repetition-penalty <number>",
      "above 1: tokens that occur already become less probable",
      number("a number above 0", (value) => value > 0),
      1,
    )
    .option("--seed <number>", "the same seed draws the same", number("a whole number below 2^32", isSeed), 0)
    .option("--stop <text>", "end an answer before this text; again for several", collect, [])
    .option("--json", "a JSON line per answer")
    .action(async (options: GenerateOptions) => {
      const sampling = samplingOf(options);
      const prompts = promptsOf(options, process.stdin);
      const quiet = options.json === true;
      const answers = answerOutput(output);
      const code = await withModel(options, output, quiet, async (loaded) => {
        if (prompts === "conversation") return converse(loaded, sampling, options.system ?? null, answers);
        return writeAnswers(prompts, loaded, sampling, quiet, answers);
      });
      done(code);
    });

function isSeed(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** 32;
}

/** @throws UsageError for options that would have no effect. */
export function samplingOf(
  options: Pick<
    GenerateOptions,
    "maxTokens" | "temperature" | "topK" | "topP" | "repetitionPenalty" | "seed" | "stop"
  >,
): Sampling {
  const { maxTokens, topK = null, topP = null, repetitionPenalty, seed, stop } = options;
  const draws = topK !== null || topP !== null;
  if (draws && options.temperature === 0)
    throw new UsageError(
      "At temperature 0 nothing is drawn: leave out --top-k and --top-p, or --temperature 0.",
    );
  if (stop.includes("")) throw new UsageError("--stop takes a text that is not empty.");
  return {
    maxTokens,
    temperature: options.temperature ?? (draws ? 1 : 0),
    topK,
    topP,
    repetitionPenalty,
    seed,
    stop,
  };
}
