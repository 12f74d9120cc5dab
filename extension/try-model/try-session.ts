/** The extension's side of one "Try the Model" panel: two models, each in a process of its own, and what they were asked. */
import * as v from "valibot";
import { defaultSampling, type ModelSource, type Prompt } from "../../contracts/model-protocol";
import type { Plan } from "../../contracts/plan";
import {
  type FromTryPanel,
  fromTryPanelSchema,
  type SideState,
  type ToTryPanel,
  TRY_PANEL_PROTOCOL_VERSION,
  type TryAnswer,
  type TryExchange,
  type TrySide,
  trySides,
} from "../../contracts/try-panel-protocol";
import { UserError } from "../../contracts/user-error";
import type { ModelClient } from "../../model-client/model-client";

export type TryModel = Pick<ModelClient, "open" | "generate" | "close">;

export interface TrySessionHost {
  post(message: ToTryPanel): void;
  /** A sentence for the log. */
  problem(message: string): void;
  /** Starts a process for one model. */
  startModel(): TryModel;
  /** Threads for each of the models. */
  threads: number;
}

type Write = Extract<FromTryPanel, { type: "write" }>;

const notAsked: TryAnswer = { text: "", end: null };

export class TrySession {
  private readonly sides: Record<TrySide, Side>;
  private exchanges: TryExchange[] = [];
  private writing = new AbortController();
  private nextId = 0;
  private visible = false;

  /** Nothing is loaded before the page says that it is there. */
  constructor(
    private readonly runFolder: string,
    private readonly plan: Pick<Plan, "name" | "baseDirectory" | "config">,
    private readonly host: TrySessionHost,
  ) {
    const isFromScratch = plan.config.model.scratch !== null;
    this.sides = {
      before: isFromScratch
        ? this.side({ kind: "absent", why: "Before training, a model from scratch knows nothing." }, "before")
        : this.side(starting, "before"),
      after: this.side(starting, "after"),
    };
  }

  /** A message from the page, which is not trusted. */
  receive(message: unknown): void {
    const parsed = v.safeParse(fromTryPanelSchema, message);
    if (!parsed.success) {
      this.host.problem(`A panel sent a message that is not understood: ${parsed.issues[0].message}.`);
      return;
    }
    const request = parsed.output;
    switch (request.type) {
      case "ready":
        this.begin();
        break;
      case "write":
        this.write(request);
        break;
      case "stop":
        this.stop();
        break;
      case "reload":
        this.sides[request.side].load();
        break;
      case "clear":
        this.clear();
        break;
      case "problem":
        this.host.problem(`A panel reports: ${request.message}`);
    }
  }

  /** The panel is hidden and its page is gone; the models stay, and go on writing. */
  hide(): void {
    this.visible = false;
  }

  dispose(): void {
    this.visible = false;
    this.stop();
    for (const name of trySides) this.sides[name].close();
  }

  private begin(): void {
    this.visible = true;
    const { before, after } = this.sides;
    this.host.post({
      type: "snapshot",
      protocol: TRY_PANEL_PROTOCOL_VERSION,
      run: this.plan.name,
      sides: { before: before.state, after: after.state },
      exchanges: this.exchanges,
    });
    for (const side of [before, after]) side.loadOnce();
  }

  private write({ prompt, as, sampling }: Write): void {
    const present = trySides.filter((name) => this.sides[name].state.kind !== "absent");
    const exchange: TryExchange = {
      id: this.nextId++,
      prompt,
      as,
      answers: Object.fromEntries(present.map((name) => [name, notAsked])),
    };
    this.exchanges.push(exchange);
    this.post({ type: "exchange", exchange });
    const asked: Prompt =
      as === "text"
        ? { kind: "text", text: prompt }
        : { kind: "chat", messages: [{ role: "user", content: prompt }] };
    for (const name of present) {
      void this.answer(exchange, name, { prompts: [asked], sampling: { ...defaultSampling, ...sampling } });
    }
  }

  private async answer(
    exchange: TryExchange,
    name: TrySide,
    request: Parameters<TryModel["generate"]>[0],
  ): Promise<void> {
    const { signal } = this.writing;
    const set = (answer: TryAnswer) => {
      exchange.answers[name] = answer;
    };
    const end = (end: NonNullable<TryAnswer["end"]>) => {
      const answer = { text: exchange.answers[name]!.text, end };
      set(answer);
      this.post({ type: "answer", exchange: exchange.id, side: name, answer });
    };
    let reason: Extract<TryAnswer["end"], { kind: "ended" }>["reason"] = "cancelled";
    try {
      const model = await this.sides[name].opened();
      const done = await model.generate(
        request,
        {
          onDelta: ({ text }) => {
            set({ text: exchange.answers[name]!.text + text, end: null });
            this.post({ type: "delta", exchange: exchange.id, side: name, text });
          },
          onEnded: (ended) => {
            reason = ended.reason;
          },
        },
        signal,
      );
      end({ kind: "ended", reason, tokens: done.tokens, tokensPerSecond: done.tokensPerSecond });
    } catch (error) {
      end({ kind: "failed", ...describe(error) });
    }
  }

  private stop(): void {
    this.writing.abort();
    this.writing = new AbortController();
  }

  private clear(): void {
    this.stop();
    this.exchanges = [];
    if (this.visible) this.begin();
  }

  private side(state: SideState, name: TrySide): Side {
    const source: ModelSource = { kind: name === "before" ? "run-base" : "run", folder: this.runFolder };
    const request: Parameters<TryModel["open"]>[0] = {
      source,
      template: null,
      baseDirectory: this.plan.baseDirectory,
      backend: this.plan.config.launch.backend,
      threads: this.host.threads,
    };
    return new Side(
      state,
      request,
      () => this.host.startModel(),
      (state) => this.post({ type: "side", side: name, state }),
    );
  }

  /** Nothing for a hidden panel: it gets a snapshot when it is shown again. */
  private post(message: ToTryPanel): void {
    if (this.visible) this.host.post(message);
  }
}

const starting: SideState = { kind: "loading", phase: null, share: null, secondsLeft: null };

/** One of the two models. */
class Side {
  private model: TryModel | null = null;
  private opening: Promise<TryModel> | null = null;

  constructor(
    private current: SideState,
    private readonly request: Parameters<TryModel["open"]>[0],
    private readonly start: () => TryModel,
    private readonly changed: (state: SideState) => void,
  ) {}

  get state(): SideState {
    return this.current;
  }

  loadOnce(): void {
    if (this.opening === null && this.current.kind !== "absent") this.load();
  }

  /** Ends the process that there was, and begins anew. */
  load(): void {
    if (this.current.kind === "absent") return;
    this.close();
    this.become(starting);
    const model = this.start();
    this.model = model;
    const opening = this.open(model);
    this.opening = opening;
    // Whoever waits for the model hears of it; if nobody does, the panel shows it.
    opening.catch(() => {});
  }

  /** The model when it is loaded. @throws why it is not. */
  opened(): Promise<TryModel> {
    this.loadOnce();
    return this.opening!;
  }

  close(): void {
    void this.model?.close();
    this.model = null;
    this.opening = null;
  }

  private async open(model: TryModel): Promise<TryModel> {
    try {
      const opened = await model.open(this.request, ({ phase, share, secondsLeft }) => {
        if (this.model === model) this.become({ kind: "loading", phase, share, secondsLeft });
      });
      if (this.model === model) this.become({ kind: "ready", model: opened });
      return model;
    } catch (error) {
      if (this.model === model) this.become({ kind: "failed", ...describe(error) });
      void model.close();
      throw error;
    }
  }

  private become(state: SideState): void {
    this.current = state;
    this.changed(state);
  }
}

function describe(error: unknown): { message: string; advice: string } {
  if (error instanceof UserError) return { message: error.message, advice: error.advice };
  return { message: (error as Error).message, advice: "" };
}
