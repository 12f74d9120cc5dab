/** The losses of a model on the rows of a data file: what it would have to learn from them, token by token. */
import type { ModelEvaluation } from "../../contracts/model-protocol";
import type { DatasetFormat } from "../../contracts/plan";
import { UserError } from "../../contracts/user-error";
import { encodeExample } from "../data/encode-example";
import { rowPieces } from "../data/formats/row-pieces";
import { type Example, packExamples } from "../data/packed-batch";
import type { RowSource } from "../data/rows/row-source";
import { cutIntoPieces } from "../training/scoring-batches";
import { giveWay } from "../training/stop-request";
import type { LoadedModel } from "./loaded-model";

/** Tokens that are read before they are scored: enough for examples of about the same length to meet. */
const TOKENS_AT_ONCE = 2 ** 14;

export interface EvaluationOptions {
  format: DatasetFormat;
  /** Most tokens of an example; null: the model's context length. */
  length: number | null;
  /** The first rows only; null: all. */
  limit: number | null;
  onShare?(share: number): void;
  signal?: AbortSignal;
}

type ExampleLoss = ModelEvaluation["perExample"][number];

/**
 * Every row is an example, encoded as in training. Losses are in nats per counted token; sums are made in float64.
 * @throws UserError for a row that is malformed or does not fit the format; "cancelled" after an abort.
 */
export async function evaluateRows(
  { model, tokenizer, rendering, contextLength }: LoadedModel,
  rows: RowSource,
  { format, length, limit, onShare = () => {}, signal }: EvaluationOptions,
): Promise<ModelEvaluation> {
  const most = Math.min(length ?? Number.POSITIVE_INFINITY, contextLength ?? Number.POSITIVE_INFINITY);
  const size = Math.min(rows.size, limit ?? rows.size);
  const perExample: ExampleLoss[] = [];
  let truncated = 0;
  let waiting: Example[] = [];
  let tokens = 0;
  const score = async () => {
    const first = perExample.length;
    perExample.push(
      ...(await scoreExamples(model, waiting, (done) => onShare((first + done) / size), signal)),
    );
    waiting = [];
    tokens = 0;
  };
  for await (const row of rows.scan(0, size)) {
    if (row.malformed !== null) throw row.malformed;
    const encoded = encodeExample(rowPieces(format, row, rendering), tokenizer, most);
    if (encoded.truncated) truncated++;
    waiting.push(encoded.example);
    tokens += encoded.example.ids.length;
    if (tokens >= TOKENS_AT_ONCE) await score();
  }
  await score();
  return { ...total(perExample), truncated, perExample };
}

async function scoreExamples(
  model: LoadedModel["model"],
  examples: readonly Example[],
  onDone: (done: number) => void,
  signal?: AbortSignal,
): Promise<ExampleLoss[]> {
  const sums = new Float64Array(examples.length);
  const counts = new Int32Array(examples.length);
  let done = 0;
  for (const { examples: piece, indices } of cutIntoPieces(examples)) {
    const { batch, targets } = packExamples(piece);
    const { losses } = await model.score(batch, targets, { losses: true });
    for (const [target, loss] of losses!.entries()) {
      const index = indices[targets.sequences[target]!]!;
      sums[index]! += loss;
      counts[index]!++;
    }
    done += piece.length;
    onDone(done);
    await giveWay();
    if (signal?.aborted) throw new UserError("cancelled", "The evaluation was cancelled.");
  }
  return Array.from(counts, (count, index) => ({
    loss: count === 0 ? null : sums[index]! / count,
    tokens: count,
  }));
}

function total(perExample: readonly ExampleLoss[]): Omit<ModelEvaluation, "perExample" | "truncated"> {
  const tokens = perExample.reduce((sum, example) => sum + example.tokens, 0);
  const nats = perExample.reduce((sum, example) => sum + (example.loss ?? 0) * example.tokens, 0);
  if (tokens === 0) return { examples: perExample.length, tokens, loss: null, perplexity: null };
  const loss = nats / tokens;
  if (!Number.isFinite(loss))
    throw new UserError(
      "bad-model",
      "The model's losses are infinite or not numbers.",
      "Its weights are damaged, or their training had diverged: use another checkpoint.",
    );
  return { examples: perExample.length, tokens, loss, perplexity: Math.exp(loss) };
}
