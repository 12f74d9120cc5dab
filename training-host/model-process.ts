/**
 * The model process: `fork("dist/model-process.js")`. It holds one loaded model and does what contracts/model-protocol.ts says,
 * until the process that started it closes the channel or ends.
 */
import * as path from "node:path";
import * as v from "valibot";
import {
  type ModelMessage,
  type ModelPhase,
  type ModelRequest,
  type ModelRequestOf,
  modelRequestSchema,
  type OpenedModel,
} from "../contracts/model-protocol";
import { UserError } from "../contracts/user-error";
import { openRows } from "./data/rows/row-source";
import { evaluateRows } from "./generation/evaluate";
import { generate } from "./generation/generate";
import { parameterCount } from "./generation/loaded-model";
import { type OpenedModel as Loaded, openModel } from "./generation/open-model";
import { promptIds } from "./generation/prompt-ids";
import { TimeLeft } from "./generation/time-left";
import { userCacheFolder } from "./tensor/ladder/probe-cache";
import { isOutOfMemory } from "./training/failure";

type Work = Exclude<ModelRequest, { type: "cancel" | "close" }>;

class ModelProcess {
  private loaded: Loaded | null = null;
  private readonly cancellations = new Map<number, AbortController>();
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly send: (message: ModelMessage) => void) {}

  /** Work is done in the order in which it was asked for; a request to cancel is heard at once. */
  receive(value: unknown): void {
    const parsed = v.safeParse(modelRequestSchema, value);
    if (!parsed.success) {
      console.error(`a request is none: ${v.summarize(parsed.issues)}`);
      process.exit(1);
    }
    const request = parsed.output;
    if (request.type === "close") process.exit(0);
    if (request.type === "cancel") this.cancellations.get(request.id)?.abort();
    else this.enqueue(request);
  }

  private enqueue(request: Work): void {
    const cancellation = new AbortController();
    this.cancellations.set(request.id, cancellation);
    this.last = this.last.then(() => this.work(request, cancellation.signal));
  }

  private async work(request: Work, signal: AbortSignal): Promise<void> {
    const { id } = request;
    try {
      switch (request.type) {
        case "open":
          return this.send({ type: "opened", id, model: await this.open(request, signal) });
        case "generate":
          return await this.generate(request, signal);
        case "evaluate":
          return await this.evaluate(request, signal);
      }
    } catch (error) {
      this.send({ type: "failed", id, ...describe(error) });
    } finally {
      this.cancellations.delete(id);
    }
  }

  private async open(request: ModelRequestOf<"open">, signal: AbortSignal): Promise<OpenedModel> {
    if (this.loaded) throw new Error("a model is open already");
    signal.throwIfAborted();
    const { show } = this.progressOf(request.id);
    this.loaded = await openModel(request, {
      onProgress: (phase, share, secondsLeft) => show(phase, share, secondsLeft),
      signal,
    });
    return factsOf(this.loaded);
  }

  private async generate(
    { id, prompts, sampling }: ModelRequestOf<"generate">,
    signal: AbortSignal,
  ): Promise<void> {
    const loaded = this.required();
    const shown = (index: number) => (prompts.length === 1 ? "The prompt" : `Prompt ${index + 1}`);
    const ids = prompts.map((prompt, index) => promptIds(prompt, loaded, shown(index)));
    const summary = await generate(loaded, ids, sampling, {
      onDelta: (prompt, text) => this.send({ type: "delta", id, prompt, text }),
      onEnded: (prompt, end) => this.send({ type: "ended", id, prompt, ...end }),
      signal,
    });
    this.send({ type: "generated", id, ...summary });
  }

  private async evaluate(
    { id, data, baseDirectory, ...options }: ModelRequestOf<"evaluate">,
    signal: AbortSignal,
  ): Promise<void> {
    const loaded = this.required();
    signal.throwIfAborted();
    const { show } = this.progressOf(id);
    const rows = await openRows(
      { path: data, baseDirectory },
      {
        cacheFolder: path.join(userCacheFolder(), "data"),
        onProgress: (share) => show("reading-data", share),
        signal,
      },
    );
    try {
      const onShare = (share: number) => show("evaluating", share);
      const evaluation = await evaluateRows(loaded, rows, { ...options, onShare, signal });
      this.send({ type: "evaluated", id, evaluation });
    } finally {
      await rows.close();
    }
  }

  private required(): Loaded {
    if (this.loaded === null) throw new Error("no model is open");
    return this.loaded;
  }

  /** A few messages a second: the other end is there to draw them. */
  private progressOf(id: number): {
    show(phase: ModelPhase, share: number | null, secondsLeft?: number | null): void;
  } {
    const timeLeft = new TimeLeft();
    return {
      show: (phase, share, secondsLeft) => {
        const left = timeLeft.update(phase, share);
        if (left === null) return;
        this.send({ type: "progress", id, phase, share, secondsLeft: secondsLeft ?? left.seconds });
      },
    };
  }
}

function factsOf({ model, tokenizer, rendering, ...loaded }: Loaded): OpenedModel {
  const { backend, decoder, adapters } = model;
  const ofAdapter = [...(adapters?.parameters.values() ?? [])].reduce((sum, { size }) => sum + size, 0);
  return {
    architecture: String(decoder.config.model_type),
    parameters: parameterCount(decoder) + ofAdapter,
    contextLength: loaded.contextLength,
    vocabulary: decoder.vocabSize,
    adapter: adapters && { rank: adapters.config.rank, parameters: ofAdapter },
    backend: backend.name,
    backendDetail: backend.detail,
    threads: backend.threads,
    passedOver: [...loaded.passedOver],
    hasChatTemplate: rendering.template !== null,
    endOfText: tokenizer.decode([tokenizer.eosId]),
    stopTexts: [...loaded.stopTokens.values()],
    heldBytes: backend.memory().heapBytes,
    step: loaded.step,
  };
}

function describe(error: unknown): { reason: string; message: string; advice: string } {
  if (error instanceof UserError && error.reason !== "out-of-memory") {
    const { reason, message, advice } = error;
    return { reason, message, advice };
  }
  if (error instanceof UserError || isOutOfMemory(error))
    return {
      reason: "out-of-memory",
      message: error instanceof UserError ? error.message : "The model's process ran out of memory.",
      advice: "Use shorter or fewer prompts, a smaller model, or another backend; or close other programs.",
    };
  if ((error as Error).name === "AbortError")
    return { reason: "cancelled", message: "It was cancelled.", advice: "" };
  console.error(error);
  const { message } = error as Error;
  return {
    reason: "internal",
    message: `The model's process broke: ${message}${/[.!?]$/.test(message) ? "" : "."}`,
    advice: "",
  };
}

const channel = process.send?.bind(process);
if (channel === undefined) {
  console.error("usage: this program is started by fork, with an IPC channel");
  process.exit(2);
}
const served = new ModelProcess((message) => {
  // A channel that has closed is told by "disconnect".
  if (process.connected) channel(message);
});
process.on("message", (value) => served.receive(value));
// Whoever started this has closed the channel, or is gone.
process.on("disconnect", () => process.exit(0));
// A terminal's Ctrl+C reaches every process of the group: who started this decides what it means.
process.on("SIGINT", () => {});
