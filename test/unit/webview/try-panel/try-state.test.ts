import { describe, expect, it } from "vitest";
import type { SideState, ToTryPanel, TryAnswer } from "../../../../contracts/try-panel-protocol";
import { afterTryMessage, isWriting, type TryState } from "../../../../webview/try-panel/try-state";
import { answerLine, invitation, sideLine, sideTitle } from "../../../../webview/try-panel/try-text";

const loading: SideState = { kind: "loading", phase: null, share: null, secondsLeft: null };
const snapshot: ToTryPanel = {
  type: "snapshot",
  protocol: 1,
  run: "skills",
  sides: { before: { kind: "absent", why: "None." }, after: loading },
  exchanges: [],
};
const asked: ToTryPanel = {
  type: "exchange",
  exchange: { id: 3, prompt: "Hi", as: "text", answers: { after: { text: "", end: null } } },
};
const whole: TryAnswer = {
  text: "ab",
  end: { kind: "ended", reason: "length", tokens: 1, tokensPerSecond: null },
};

const fold = (...messages: ToTryPanel[]) =>
  messages.reduce<TryState | null>((state, message) => afterTryMessage(state, message), null);

describe("what the panel shows", () => {
  it("is nothing before a snapshot", () => {
    expect(fold(asked)).toBeNull();
  });

  it("grows by deltas and is settled by the answer", () => {
    const delta = (text: string): ToTryPanel => ({ type: "delta", exchange: 3, side: "after", text });
    const writing = fold(snapshot, asked, delta("a"), delta("b"))!;
    expect(writing.exchanges[0]!.answers.after).toEqual({ text: "ab", end: null });
    expect(isWriting(writing)).toBe(true);
    const done = afterTryMessage(writing, { type: "answer", exchange: 3, side: "after", answer: whole })!;
    expect(isWriting(done)).toBe(false);
  });

  it("is not changed by what belongs to a cleared exchange or an absent side", () => {
    const state = fold(snapshot, asked)!;
    expect(afterTryMessage(state, { type: "delta", exchange: 9, side: "after", text: "x" })).toEqual(state);
    expect(afterTryMessage(state, { type: "delta", exchange: 3, side: "before", text: "x" })).toEqual(state);
  });
});

describe("its sentences", () => {
  const plain = (text: string) => text.replaceAll("\u202f", " ");

  it.each<[SideState, string]>([
    [loading, "Starting…"],
    [{ kind: "loading", phase: "loading", share: null, secondsLeft: null }, "Loading…"],
    [
      { kind: "loading", phase: "downloading", share: 0.25, secondsLeft: 65 },
      "Downloading 25.0 %, 1 min 05 s left…",
    ],
    [{ kind: "absent", why: "None." }, "None."],
  ])("tell how far a model is", (state, line) => {
    expect(plain(sideLine(state))).toBe(line);
  });

  it.each<[TryAnswer, string]>([
    [{ text: "", end: null }, "waiting for the model…"],
    [{ text: "a", end: null }, "writing…"],
    [whole, "cut at the most tokens · 1 token"],
    [
      { text: "a", end: { kind: "ended", reason: "stop-token", tokens: 1200, tokensPerSecond: 41.23 } },
      "ended by itself · 1 200 tokens · 41.2 tokens/s",
    ],
    [{ text: "", end: { kind: "failed", message: "No.", advice: "" } }, ""],
  ])("tell how far an answer is", (answer, line) => {
    expect(plain(answerLine(answer, loading))).toBe(line);
  });

  it("promise two answers only where there are two models", () => {
    expect(invitation({ sides: { before: loading, after: loading } })).toContain("Both models");
    expect(invitation(fold(snapshot)!)).not.toContain("Both models");
  });

  it("name the step that a model stands at", () => {
    expect([sideTitle("before", loading), sideTitle("after", loading)]).toEqual([
      "Before training",
      "After training",
    ]);
  });
});
