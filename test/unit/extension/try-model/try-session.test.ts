import * as v from "valibot";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { OpenedModel } from "../../../../contracts/model-protocol";
import { type ToTryPanel, toTryPanelSchema } from "../../../../contracts/try-panel-protocol";
import { UserError } from "../../../../contracts/user-error";
import { type TryModel, TrySession } from "../../../../extension/try-model/try-session";
import { sampleRun } from "../../run-folder/sample-run";
import { soon } from "../soon";

type Open = TryModel["open"];
type Generate = TryModel["generate"];

const opened: OpenedModel = {
  architecture: "llama",
  parameters: 1000,
  contextLength: null,
  vocabulary: 300,
  adapter: null,
  backend: "wasm",
  backendDetail: "own wasm kernels",
  threads: 1,
  passedOver: [],
  hasChatTemplate: true,
  endOfText: "</s>",
  stopTexts: ["</s>"],
  heldBytes: 4000,
  step: null,
};

/** A model of which the test decides what it does, in place of a process. */
class ScriptedModel implements TryModel {
  readonly open = vi.fn<Open>(async () => ({ ...opened, step: this.step }));
  readonly generate = vi.fn<Generate>(async () => generated(0));
  readonly close = vi.fn(async () => {});

  constructor(private readonly step: number | null) {}
}

const generated = (tokens: number) => ({
  type: "generated" as const,
  id: 1,
  promptTokens: 1,
  tokens,
  promptSeconds: 0.1,
  seconds: 1,
  tokensPerSecond: 20,
});
const ended = (reason: "stop-token" | "cancelled") => ({
  type: "ended" as const,
  id: 1,
  prompt: 0,
  reason,
  stop: null,
  promptTokens: 1,
  tokens: 2,
});
const delta = (text: string) => ({ type: "delta" as const, id: 1, prompt: 0, text });

const ready = { type: "ready", protocol: 1 };
const write = {
  type: "write",
  prompt: "Hello",
  as: "chat",
  sampling: { maxTokens: 8, temperature: 0, topP: null, seed: 0 },
};

function session(
  change: (plan: ReturnType<typeof sampleRun>["record"]["plan"]) => void = () => {},
  prepare: (model: ScriptedModel) => void = () => {},
) {
  const { plan } = structuredClone(sampleRun({ name: "skills" }).record);
  change(plan);
  const posted: ToTryPanel[] = [];
  const models: ScriptedModel[] = [];
  const problem = vi.fn();
  const made = new TrySession("/runs/skills", plan, {
    // What the panel would refuse must not be sent.
    post: (message) => void posted.push(v.parse(toTryPanelSchema, structuredClone(message))),
    problem,
    startModel: () => {
      const model = new ScriptedModel(models.length === 0 ? null : 300);
      prepare(model);
      models.push(model);
      return model;
    },
    threads: 1,
  });
  onTestFinished(() => made.dispose());
  const of = <T extends ToTryPanel["type"]>(type: T) =>
    posted.filter((message): message is Extract<ToTryPanel, { type: T }> => message.type === type);
  return { session: made, posted, models, problem, of };
}

const bothReady = (of: ReturnType<typeof session>["of"]) =>
  soon(() => expect(of("side").filter(({ state }) => state.kind === "ready")).toHaveLength(2));

describe("trying a run's model", () => {
  it("loads nothing before the page is there, then both models at once", async () => {
    const { session: tried, models, of } = session();
    expect(models).toEqual([]);
    tried.receive(ready);
    expect(of("snapshot")[0]).toMatchObject({ run: "skills", exchanges: [] });
    await bothReady(of);
    expect(models.map(({ open }) => open.mock.calls[0]![0].source)).toEqual([
      { kind: "run-base", folder: "/runs/skills" },
      { kind: "run", folder: "/runs/skills" },
    ]);
    expect(of("side").at(-1)!.state).toMatchObject({ kind: "ready", model: { step: 300 } });
  });

  it("has nothing before training for a model from scratch", async () => {
    const {
      session: tried,
      models,
      of,
    } = session(({ config }) => {
      config.model = { ...config.model, path: null, scratch: { architecture: "llama" } as never };
    });
    tried.receive(ready);
    await soon(() => expect(of("side").at(-1)?.state.kind).toBe("ready"));
    expect(of("snapshot")[0]!.sides.before).toMatchObject({ kind: "absent" });
    expect(models).toHaveLength(1);
    tried.receive(write);
    expect(Object.keys(of("exchange")[0]!.exchange.answers)).toEqual(["after"]);
  });

  it("passes answers on while they are written, and their ends", async () => {
    const { session: tried, models, of } = session();
    tried.receive(ready);
    await bothReady(of);
    for (const [index, model] of models.entries()) {
      model.generate.mockImplementation(async (_request, { onDelta, onEnded } = {}) => {
        onDelta?.(delta(`${index}-`));
        onDelta?.(delta("ok"));
        onEnded?.(ended("stop-token"));
        return generated(2);
      });
    }
    tried.receive(write);
    await soon(() => expect(of("answer")).toHaveLength(2));
    expect(models[0]!.generate.mock.calls[0]![0]).toMatchObject({
      prompts: [{ kind: "chat", messages: [{ role: "user", content: "Hello" }] }],
      sampling: { maxTokens: 8, repetitionPenalty: 1 },
    });
    expect(
      of("delta")
        .filter(({ side }) => side === "after")
        .map(({ text }) => text),
    ).toEqual(["1-", "ok"]);
    expect(of("answer").find(({ side }) => side === "before")!.answer).toEqual({
      text: "0-ok",
      end: { kind: "ended", reason: "stop-token", tokens: 2, tokensPerSecond: 20 },
    });
  });

  it("answers what was asked while a model was still loading", async () => {
    const { session: tried, models, of } = session();
    tried.receive(ready);
    tried.receive({ ...write, as: "text" });
    await soon(() => expect(of("answer")).toHaveLength(2));
    expect(models[1]!.generate.mock.calls[0]![0].prompts).toEqual([{ kind: "text", text: "Hello" }]);
  });

  it("stops what is being written, and what is asked next is not stopped", async () => {
    const { session: tried, models, of } = session();
    tried.receive(ready);
    await bothReady(of);
    for (const model of models) {
      model.generate.mockImplementation(
        (_request, listeners, signal) =>
          new Promise((resolve) => {
            signal!.addEventListener("abort", () => {
              listeners?.onEnded?.(ended("cancelled"));
              resolve(generated(1));
            });
          }),
      );
    }
    tried.receive(write);
    await soon(() => expect(models[1]!.generate).toHaveBeenCalledTimes(1));
    tried.receive({ type: "stop" });
    await soon(() => expect(of("answer")).toHaveLength(2));
    expect(of("answer")[0]!.answer.end).toMatchObject({ kind: "ended", reason: "cancelled" });
    tried.receive(write);
    await soon(() => expect(models[1]!.generate).toHaveBeenCalledTimes(2));
    expect(models[1]!.generate.mock.calls[1]![2]!.aborted).toBe(false);
  });

  it("says why a model cannot be had, and loads it again when asked to", async () => {
    const {
      session: tried,
      models,
      of,
    } = session(undefined, (model) => {
      if (models.length === 1)
        model.open.mockRejectedValue(new UserError("bad-run", "No checkpoint.", "Wait."));
    });
    tried.receive(ready);
    tried.receive(write);
    await soon(() => expect(of("answer")).toHaveLength(2));
    const failure = { kind: "failed", message: "No checkpoint.", advice: "Wait." };
    expect(of("side").at(-1)).toMatchObject({ side: "after", state: failure });
    expect(of("answer").find(({ side }) => side === "after")!.answer.end).toEqual(failure);
    expect(models[1]!.close).toHaveBeenCalled();
    tried.receive({ type: "reload", side: "after" });
    await soon(() => expect(of("side").at(-1)!.state).toMatchObject({ kind: "ready", model: { step: 300 } }));
  });

  it("gives a failure as the answer, beside the other model's", async () => {
    const { session: tried, models, of } = session();
    tried.receive(ready);
    await bothReady(of);
    models[1]!.generate.mockRejectedValue(new UserError("bad-row", "The prompt is too long.", "Shorten it."));
    tried.receive(write);
    await soon(() => expect(of("answer")).toHaveLength(2));
    expect(of("answer").find(({ side }) => side === "after")!.answer.end).toEqual({
      kind: "failed",
      message: "The prompt is too long.",
      advice: "Shorten it.",
    });
    expect(of("answer").find(({ side }) => side === "before")!.answer.end).toMatchObject({ kind: "ended" });
  });

  it("sends nothing to a hidden panel, and everything when it is shown again", async () => {
    const { session: tried, of, posted } = session();
    tried.receive(ready);
    await bothReady(of);
    tried.hide();
    const before = posted.length;
    tried.receive(write);
    await new Promise(setImmediate);
    expect(posted).toHaveLength(before);
    tried.receive(ready);
    expect(of("snapshot").at(-1)!.exchanges).toMatchObject([
      { prompt: "Hello", answers: { before: { end: { kind: "ended" } }, after: { end: { kind: "ended" } } } },
    ]);
    tried.receive({ type: "clear" });
    expect(of("snapshot").at(-1)!.exchanges).toEqual([]);
  });

  it("ends the processes with the panel, and minds no message that is none", async () => {
    const { session: tried, models, problem, of } = session();
    tried.receive(ready);
    await bothReady(of);
    tried.receive({ type: "write", prompt: "" });
    tried.receive("nonsense");
    expect(problem).toHaveBeenCalledTimes(2);
    tried.dispose();
    for (const { close } of models) expect(close).toHaveBeenCalled();
  });
});
