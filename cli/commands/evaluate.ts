import { Command } from "commander";
import type { ModelEvaluation, OpenedModel } from "../../contracts/model-protocol";
import { exitCodes } from "../exit-code";
import { readFormat } from "../statement-words";
import { formatCount, formatLoss, UNKNOWN } from "../terminal/numbers";
import type { Style } from "../terminal/style";
import { withModel } from "../with-model";
import type { MakeCommand } from "./command";
import { type ModelOptions, wholeNumber, withModelOptions } from "./model-options";

interface EvaluateOptions extends ModelOptions {
  data: string;
  format: string;
  length?: number;
  limit?: number;
  json?: true;
}

export const evaluateCommand: MakeCommand = (output, done) =>
  withModelOptions(
    new Command("evaluate").description("loss and perplexity of a model on the rows of a data file"),
  )
    .requiredOption("--data <file>", "the rows: a file, or several by a pattern such as 'data/*.jsonl'")
    .requiredOption(
      "--format <words>",
      'what a row looks like, as `format` in a .mos file: chat, alpaca, "columns prompt=inputs answer=targets", "text column=body"',
    )
    .option(
      "--length <tokens>",
      "cut longer examples at the end (default: the model's context)",
      wholeNumber(1),
    )
    .option("--limit <rows>", "the first rows only", wholeNumber(1))
    .option("--json", "as JSON, with the loss of every example")
    .action(async (options: EvaluateOptions) => {
      const format = readFormat(options.format);
      const quiet = options.json === true;
      const { data, length = null, limit = null } = options;
      await withModel(options, output, quiet, async ({ client, model, showProgress, signal }) => {
        const request = { data, baseDirectory: process.cwd(), format, length, limit };
        const evaluation = await client.evaluate(request, showProgress, signal);
        showProgress(null);
        if (options.json) output.out(JSON.stringify(resultOf(evaluation), null, 2));
        else for (const line of evaluationPage(evaluation, model, output.outStyle)) output.out(line);
        const { truncated } = evaluation;
        if (truncated > 0) output.err(truncatedText(truncated, length ?? model.contextLength));
      });
      done(exitCodes.done);
    });

function resultOf({ examples, tokens, loss, perplexity, perExample }: ModelEvaluation) {
  return { examples, tokens, loss, perplexity, perExample };
}

function truncatedText(truncated: number, length: number | null): string {
  return `${truncated === 1 ? "One example was" : `${formatCount(truncated)} examples were`} longer than ${length} tokens, and cut there.`;
}

/** What was evaluated by what, and the numbers. */
export function evaluationPage(
  { examples, tokens, loss, perplexity }: ModelEvaluation,
  { architecture, parameters, adapter, backend, threads, step }: OpenedModel,
  style: Style,
): string[] {
  const beside = adapter === null ? "" : `, with an adapter of rank ${adapter.rank}`;
  const at = step === null ? "" : `, step ${step}`;
  const rows: [string, string][] = [
    ["model", `${architecture}, ${formatCount(parameters)} parameters${beside}${at}`],
    ["computed by", `${backend}, ${threads === 1 ? "one thread" : `${threads} threads`}`],
    ["examples", formatCount(examples)],
    ["tokens", `${formatCount(tokens)} counted`],
    ["loss", loss === null ? UNKNOWN : `${formatLoss(loss)} nats per token`],
    ["perplexity", perplexity === null ? UNKNOWN : perplexity.toPrecision(6)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => style.bold(name.padEnd(width)) + value);
}
