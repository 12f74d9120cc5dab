/**
 * The model process (`dist/model-process.js`): one process holds one loaded model, writes text with it and measures losses.
 * `mos generate`, `mos evaluate` and the editor's "Try the Model" start it with Node's `child_process.fork` and speak over its
 * IPC channel; it ends when the channel closes. Both ends validate what arrives.
 *
 *     client                              process
 *     open      {id: 1, ...}        ->
 *                                   <-    progress  {id: 1, phase, share}     any number
 *                                   <-    opened    {id: 1, model}            or failed {id: 1, message, advice}
 *     generate  {id: 2, prompts}    ->
 *                                   <-    delta     {id: 2, prompt, text}     any number, as the tokens come
 *                                   <-    ended     {id: 2, prompt, reason}   once per prompt
 *                                   <-    generated {id: 2, ...}              or failed {id: 2, ...}
 *     evaluate  {id: 3, data}       ->
 *                                   <-    progress  {id: 3, ...}
 *                                   <-    evaluated {id: 3, evaluation}       or failed {id: 3, ...}
 *     cancel    {id: 2}             ->    request 2 ends soon: a generation with what it has, the others as failed "cancelled"
 *     close                         ->    the process frees everything and ends
 *
 * `open` comes first and succeeds once; requests after it are worked on one at a time, in their order. Ids are the client's,
 * each used once.
 */
import * as v from "valibot";
import { backendChoiceSchema, backendNameSchema } from "./backend";
import { formatSchema, templateSchema } from "./plan";

const id = v.pipe(v.number(), v.integer(), v.minValue(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const positiveInteger = v.pipe(v.number(), v.integer(), v.minValue(1));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const nonNegative = v.pipe(v.number(), v.finite(), v.minValue(0));
const path = v.pipe(v.string(), v.nonEmpty());

/** Which model. Paths are absolute. */
export const modelSourceSchema = v.variant("kind", [
  /** A folder in the Hugging Face format; `adapter`: a folder in PEFT's format whose matrices stand beside its weights, or null. */
  v.strictObject({ kind: v.literal("folder"), folder: path, adapter: v.nullable(path) }),
  /** What a run has learned by its last checkpoint: the run's folder. */
  v.strictObject({ kind: v.literal("run"), folder: path }),
  /** The model that a run starts from, before its first step: the run's folder. */
  v.strictObject({ kind: v.literal("run-base"), folder: path }),
  /** A repository on the Hugging Face Hub, downloaded where the cache lacks it (HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE). */
  v.strictObject({
    kind: v.literal("hub"),
    repository: path,
    revision: path,
    adapter: v.nullable(path),
  }),
]);

export const messageSchema = v.strictObject({
  role: v.picklist(["system", "user", "assistant"]),
  content: v.string(),
});

export const promptSchema = v.variant("kind", [
  /** Continued as it is; with the beginning-of-text token in front where the tokenizer puts one. */
  v.strictObject({ kind: v.literal("text"), text: v.string() }),
  /** Written by the chat template, up to where the assistant's next turn begins. */
  v.strictObject({ kind: v.literal("chat"), messages: v.pipe(v.array(messageSchema), v.minLength(1)) }),
  /** What a dataset's row asks, without its last answer; of plain text all of it. `place` names the row in errors. */
  v.strictObject({ kind: v.literal("row"), format: formatSchema, row: v.unknown(), place: v.string() }),
]);

/** How the next token is chosen: the definitions of transformers' `generate` and its logits processors. */
export const samplingSchema = v.strictObject({
  /** Most tokens written per prompt. */
  maxTokens: positiveInteger,
  /** Logits are divided by it; 0: always the most probable token. */
  temperature: nonNegative,
  /** Only the k most probable tokens; null: all. */
  topK: v.nullable(positiveInteger),
  /** Only the smallest set of most probable tokens whose probabilities reach p; null: all. */
  topP: v.nullable(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
  /** Divides the positive logits of tokens that occur already, multiplies the negative ones (Keskar et al. 2019); 1: off. */
  repetitionPenalty: positive,
  /** 32 bits. Every prompt draws from a stream of its own: its text does not depend on what else is in the batch. */
  seed: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff)),
  /** Texts before which an answer ends; they are not part of it. */
  stop: v.array(v.pipe(v.string(), v.nonEmpty())),
});

/** A client that has no wish of its own sends these. */
export const defaultSampling: Sampling = {
  maxTokens: 256,
  temperature: 0,
  topK: null,
  topP: null,
  repetitionPenalty: 1,
  seed: 0,
  stop: [],
};

export const modelRequestSchema = v.variant("type", [
  v.strictObject({
    type: v.literal("open"),
    id,
    source: modelSourceSchema,
    /** null: for a run what its plan says, else the model's own. */
    template: v.nullable(templateSchema),
    /** Where a relative path in `template` starts. */
    baseDirectory: path,
    backend: backendChoiceSchema,
    /** Threads that compute; null: the machine's cores. */
    threads: v.nullable(positiveInteger),
  }),
  v.strictObject({
    type: v.literal("generate"),
    id,
    prompts: v.pipe(v.array(promptSchema), v.minLength(1)),
    sampling: samplingSchema,
  }),
  v.strictObject({
    type: v.literal("evaluate"),
    id,
    /** A file or a pattern, as in a dataset block; relative to the base directory. */
    data: path,
    baseDirectory: path,
    format: formatSchema,
    /** Most tokens of an example, longer ones are cut at the end; null: the model's context length. */
    length: v.nullable(positiveInteger),
    /** The first rows only; null: all. */
    limit: v.nullable(positiveInteger),
  }),
  /** `id` of the request that is to end. One that is unknown or has ended is no error. */
  v.strictObject({ type: v.literal("cancel"), id }),
  v.strictObject({ type: v.literal("close") }),
]);

export const openedModelSchema = v.strictObject({
  /** `model_type` of config.json. */
  architecture: v.string(),
  /** All weights, a tied head counted once, an adapter's matrices included. */
  parameters: count,
  /** Most tokens of prompt and answer together; null: the config names no limit. */
  contextLength: v.nullable(positiveInteger),
  vocabulary: count,
  adapter: v.nullable(v.strictObject({ rank: positiveInteger, parameters: count })),
  backend: backendNameSchema,
  /** What exactly computes. */
  backendDetail: v.string(),
  threads: positiveInteger,
  /** What was better and did not work, where the backend was `auto`. */
  passedOver: v.array(v.strictObject({ backend: v.string(), reason: v.string() })),
  /** How `chat` prompts are written: by a template, or plainly ("User: ..."). */
  hasChatTemplate: v.boolean(),
  /** The token that ends a text, and the texts of all tokens at which an answer ends. */
  endOfText: v.string(),
  stopTexts: v.array(v.string()),
  /** Memory that the backend holds, in bytes. */
  heldBytes: count,
  /** For a run: the step that its checkpoint stands at; else null. */
  step: v.nullable(count),
});

/** Why an answer ended. `length`: maxTokens were written, or the context is full. */
export const endReasons = ["stop-token", "stop-text", "length", "cancelled"] as const;

/** Losses in nats per counted token. */
export const modelEvaluationSchema = v.strictObject({
  examples: count,
  /** Counted tokens: those that are learned in training. */
  tokens: count,
  /** Sum of the losses of all counted tokens / their number; null when there are none. */
  loss: v.nullable(v.number()),
  /** exp(loss) */
  perplexity: v.nullable(v.number()),
  /** Examples that were longer than the length and cut. */
  truncated: count,
  /** In the order of the rows; `loss` is the mean over the example's tokens, null when it has none. */
  perExample: v.array(v.strictObject({ loss: v.nullable(v.number()), tokens: count })),
});

export const modelPhases = ["downloading", "loading", "reading-data", "evaluating"] as const;

export const modelMessageSchema = v.variant("type", [
  v.strictObject({
    type: v.literal("progress"),
    id,
    phase: v.picklist(modelPhases),
    /** From 0 to 1; null while it cannot be told. */
    share: v.nullable(v.number()),
    /** Estimated seconds to the end of the phase; null while unknown. */
    secondsLeft: v.nullable(v.number()),
  }),
  v.strictObject({ type: v.literal("opened"), id, model: openedModelSchema }),
  v.strictObject({
    type: v.literal("delta"),
    id,
    /** Index in the request's `prompts`. */
    prompt: count,
    /** What comes next in the answer: whole characters, never a part of one, and nothing that is taken back. */
    text: v.pipe(v.string(), v.nonEmpty()),
  }),
  v.strictObject({
    type: v.literal("ended"),
    id,
    prompt: count,
    reason: v.picklist(endReasons),
    /** The stop text, or the text of the stop token; null for other reasons. */
    stop: v.nullable(v.string()),
    promptTokens: count,
    /** Tokens written, the stop token included. */
    tokens: count,
  }),
  v.strictObject({
    type: v.literal("generated"),
    id,
    /** Of all prompts. */
    promptTokens: count,
    tokens: count,
    /** Spent on passes over prompts. */
    promptSeconds: v.number(),
    seconds: v.number(),
    /** Tokens written per second in all the other passes, all prompts together; null when there were none. */
    tokensPerSecond: v.nullable(v.number()),
  }),
  v.strictObject({ type: v.literal("evaluated"), id, evaluation: modelEvaluationSchema }),
  /** `reason` is a UserErrorReason where the user can do something about it; "internal" where it is our mistake. */
  v.strictObject({
    type: v.literal("failed"),
    id,
    reason: v.string(),
    message: v.string(),
    advice: v.string(),
  }),
]);

export type ModelSource = v.InferOutput<typeof modelSourceSchema>;
export type ChatMessage = v.InferOutput<typeof messageSchema>;
export type Prompt = v.InferOutput<typeof promptSchema>;
export type Sampling = v.InferOutput<typeof samplingSchema>;
export type EndReason = (typeof endReasons)[number];
export type ModelPhase = (typeof modelPhases)[number];
export type OpenedModel = v.InferOutput<typeof openedModelSchema>;
export type ModelEvaluation = v.InferOutput<typeof modelEvaluationSchema>;
export type ModelRequest = v.InferOutput<typeof modelRequestSchema>;
export type ModelRequestOf<Type extends ModelRequest["type"]> = Extract<ModelRequest, { type: Type }>;
export type ModelMessage = v.InferOutput<typeof modelMessageSchema>;
export type ModelMessageOf<Type extends ModelMessage["type"]> = Extract<ModelMessage, { type: Type }>;
