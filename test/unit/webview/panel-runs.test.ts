import { describe, expect, it } from "vitest";
import { type ToPanel, toPanelSchema } from "../../../contracts/panel-protocol";
import { addEvents, emptyRunView } from "../../../run-view/run-view";
import { afterMessage, noRuns } from "../../../webview/panel-runs";
import { readMessage } from "../../../webview/vscode-api";
import { sampleRun } from "../run-folder/sample-run";

const { record, events } = sampleRun();
const { runId } = record;
const progress = {
  phase: "training" as const,
  step: 12,
  steps: 300,
  phaseShare: null,
  loss: 1,
  tokensPerSecond: 10,
  secondsLeft: 9,
  p: {},
};

const snapshot = (count: number): ToPanel => ({
  type: "snapshot",
  protocol: 1,
  runs: [{ record, status: "running", events: events.slice(0, count) }],
});
const append = (from: number, to: number, status: "running" | "finished" = "running"): ToPanel => ({
  type: "append",
  runId,
  status,
  events: events.slice(from, to),
});
const received = (...messages: ToPanel[]) => messages.reduce(afterMessage, noRuns);

describe("afterMessage", () => {
  it("comes to the same run in pieces as in one", () => {
    const pieces = received(snapshot(10), append(10, 200), append(200, events.length, "finished"));
    const whole = addEvents(emptyRunView(record), events, "finished");
    expect(pieces.incomplete).toBe(false);
    expect(JSON.stringify(pieces.runs[0]!.view)).toBe(JSON.stringify(whole));
  });

  it("notices missing and repeated events, and is whole again with the next snapshot", () => {
    expect(received(snapshot(10), append(11, 20)).incomplete).toBe(true);
    expect(received(snapshot(10), append(5, 20)).incomplete).toBe(true);
    expect(received(snapshot(10), append(11, 20), snapshot(20)).incomplete).toBe(false);
  });

  it("takes a change of status without events", () => {
    expect(received(snapshot(10), append(10, 10, "finished")).runs[0]!.view.status).toBe("finished");
  });

  it("keeps progress while the run lives, and drops it when it ends", () => {
    const live = received(snapshot(10), { type: "progress", runId, progress });
    expect(live.runs[0]!.progress).toEqual(progress);
    expect(afterMessage(live, append(10, 12)).runs[0]!.progress).toEqual(progress);
    expect(afterMessage(live, append(10, 12, "finished")).runs[0]!.progress).toBeNull();
    const ended = received(snapshot(10), append(10, 12, "finished"), { type: "progress", runId, progress });
    expect(ended.runs[0]!.progress).toBeNull();
  });

  it("ignores runs that it does not show", () => {
    const before = received(snapshot(10));
    expect(afterMessage(before, { type: "append", runId: "another", status: "failed", events: [] })).toEqual(
      before,
    );
  });
});

describe("readMessage", () => {
  it("takes what the contract allows", () => {
    expect(readMessage(toPanelSchema, JSON.parse(JSON.stringify(snapshot(300)))).type).toBe("snapshot");
  });

  it("says in a sentence what it could not read", () => {
    expect(() => readMessage(toPanelSchema, { ...snapshot(1), protocol: 2 })).toThrow(
      /^The panel could not read .*protocol.*open it again\.$/,
    );
    expect(() => readMessage(toPanelSchema, null)).toThrow(/^The panel could not read/);
    expect(() => readMessage(toPanelSchema, { type: "append", runId, status: "asleep", events: [] })).toThrow(
      /status/,
    );
  });
});
