/**
 * Messages between the extension and the panel "Try the Model", which asks a run's model the same before and after training.
 * As with the other panels (`panel-protocol.ts`) the extension sends a complete snapshot whenever the page says `ready`, then
 * what is new while the panel is visible. Both ends validate what arrives.
 */
import * as v from "valibot";
import { endReasons, modelPhases, openedModelSchema, samplingSchema } from "./model-protocol";

export const TRY_PANEL_PROTOCOL_VERSION = 1;

/** The model that the run starts from, and what it has learned by its last checkpoint. */
export const trySides = ["before", "after"] as const;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const side = v.picklist(trySides);
const failure = v.strictObject({ message: v.string(), advice: v.string() });

export const sideStateSchema = v.variant("kind", [
  /** There is no such model: a run from scratch has none before its first step. */
  v.strictObject({ kind: v.literal("absent"), why: v.string() }),
  v.strictObject({
    kind: v.literal("loading"),
    /** null: its process is starting. */
    phase: v.nullable(v.picklist(modelPhases)),
    share: v.nullable(v.number()),
    secondsLeft: v.nullable(v.number()),
  }),
  v.strictObject({ kind: v.literal("ready"), model: openedModelSchema }),
  v.strictObject({ kind: v.literal("failed"), ...failure.entries }),
]);

export const tryAnswerSchema = v.strictObject({
  text: v.string(),
  /** null: it waits for the model, or is still being written. */
  end: v.nullable(
    v.variant("kind", [
      v.strictObject({
        kind: v.literal("ended"),
        reason: v.picklist(endReasons),
        tokens: count,
        tokensPerSecond: v.nullable(v.number()),
      }),
      v.strictObject({ kind: v.literal("failed"), ...failure.entries }),
    ]),
  ),
});

/** `chat`: the prompt is a user's turn, written by the model's template; `text`: it is continued as it is. */
export const promptKinds = ["chat", "text"] as const;

export const trySamplingSchema = v.pick(samplingSchema, ["maxTokens", "temperature", "topP", "seed"]);

export const tryExchangeSchema = v.strictObject({
  id: count,
  prompt: v.string(),
  as: v.picklist(promptKinds),
  /** Of the sides that are not absent. */
  answers: v.strictObject({ before: v.optional(tryAnswerSchema), after: v.optional(tryAnswerSchema) }),
});

export const toTryPanelSchema = v.variant("type", [
  v.strictObject({
    type: v.literal("snapshot"),
    protocol: v.literal(TRY_PANEL_PROTOCOL_VERSION),
    run: v.string(),
    sides: v.strictObject({ before: sideStateSchema, after: sideStateSchema }),
    /** Oldest first. */
    exchanges: v.array(tryExchangeSchema),
  }),
  v.strictObject({ type: v.literal("side"), side, state: sideStateSchema }),
  /** A new exchange; its answers follow. */
  v.strictObject({ type: v.literal("exchange"), exchange: tryExchangeSchema }),
  v.strictObject({ type: v.literal("delta"), exchange: count, side, text: v.string() }),
  v.strictObject({ type: v.literal("answer"), exchange: count, side, answer: tryAnswerSchema }),
]);

export const fromTryPanelSchema = v.variant("type", [
  v.strictObject({ type: v.literal("ready"), protocol: v.literal(TRY_PANEL_PROTOCOL_VERSION) }),
  v.strictObject({
    type: v.literal("write"),
    prompt: v.pipe(v.string(), v.nonEmpty()),
    as: v.picklist(promptKinds),
    sampling: trySamplingSchema,
  }),
  /** Ends what is being written. */
  v.strictObject({ type: v.literal("stop") }),
  /** Loads a side again: after a failure, or to have the newest checkpoint of a run that goes on. */
  v.strictObject({ type: v.literal("reload"), side }),
  v.strictObject({ type: v.literal("clear") }),
  v.strictObject({ type: v.literal("problem"), message: v.string() }),
]);

export type TrySide = (typeof trySides)[number];
export type SideState = v.InferOutput<typeof sideStateSchema>;
export type TryAnswer = v.InferOutput<typeof tryAnswerSchema>;
export type TryExchange = v.InferOutput<typeof tryExchangeSchema>;
export type TrySampling = v.InferOutput<typeof trySamplingSchema>;
export type PromptKind = (typeof promptKinds)[number];
export type ToTryPanel = v.InferOutput<typeof toTryPanelSchema>;
export type FromTryPanel = v.InferOutput<typeof fromTryPanelSchema>;
