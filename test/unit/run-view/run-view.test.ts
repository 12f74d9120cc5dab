import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunEvent, RunEventOf } from "../../../contracts/run-event";
import { runSummary } from "../../../run-view/run-summary";
import { addEvents, emptyRunView, type RunView } from "../../../run-view/run-view";
import { sampleRun } from "../run-folder/sample-run";

const run = sampleRun({ steps: 120, batch: 16, updateEvery: 20, evaluateEvery: 40 });

function folded(events: readonly RunEvent[], status: RunView["status"] = "finished"): RunView {
  return addEvents(emptyRunView(run.record), events, status);
}

/** As data: views compare by what they say. */
function data(view: RunView): unknown {
  return JSON.parse(JSON.stringify(view));
}

const steps = run.events.filter((event) => event.type === "step") as RunEventOf<"step">[];

describe("a run's view", () => {
  it("of no events says what the plan says", () => {
    const view = emptyRunView(run.record);
    expect(view).toMatchObject({
      id: run.record.runId,
      name: "quickstart",
      experiment: "quickstart",
      status: "queued",
      step: 0,
      steps: 120,
      batch: 16,
      backend: null,
      failure: null,
      lastSeq: -1,
    });
    expect([view.datasets, view.updates, view.losses, view.evaluations, view.alerts]).toEqual([
      [],
      [],
      [],
      [],
      [],
    ]);
  });

  it("counts what was drawn: examples add up to steps x batch, epochs are draws / size, shares sum to 1", () => {
    const view = folded(run.events);
    const finish = run.events.at(-1) as RunEventOf<"finish">;
    expect(view.datasets.reduce((sum, { drawn }) => sum + drawn, 0)).toBe(120 * 16);
    for (const { name, drawn, epochs, size, tokens } of view.datasets) {
      expect(drawn).toBe(finish.drawn[name]);
      expect(tokens).toBe(finish.tokens[name]);
      expect(epochs).toBe(drawn / size);
    }
    expect(view.datasets.reduce((sum, { exampleShare }) => sum + exampleShare, 0)).toBeCloseTo(1, 12);
    expect(view.datasets.reduce((sum, { tokenShare }) => sum + tokenShare, 0)).toBeCloseTo(1, 12);
    const [arith] = view.datasets;
    expect(arith!.tokenShare).toBeGreaterThan(arith!.exampleShare);
  });

  it("has every update, step and evaluation, and the probabilities after the last update", () => {
    const view = folded(run.events);
    const updates = run.events.filter((event) => event.type === "update") as RunEventOf<"update">[];
    expect(view.updates.map(({ step, p, raw, reward, error }) => ({ step, p, raw, reward, error }))).toEqual(
      updates.map(({ step, p, raw, reward, error }) => ({ step, p, raw, reward, error })),
    );
    expect(Object.fromEntries(view.datasets.map(({ name, p }) => [name, p]))).toEqual(updates.at(-1)!.p);
    expect(view.losses.map(({ step, loss }) => [step, loss])).toEqual(
      steps.map(({ step, loss }) => [step, loss]),
    );
    expect(view.losses[5]!.perDataset).toEqual(
      Object.fromEntries(Object.entries(steps[5]!.perDataset).map(([name, { loss }]) => [name, loss])),
    );
    expect(view.evaluations.map(({ step }) => step)).toEqual([0, 40, 80, 120]);
    expect(view).toMatchObject({ step: 120, status: "finished", backend: expect.any(String) });
  });

  it("before the first update has p = prior, and without evaluations none", () => {
    const view = folded(run.events.filter((event) => event.type !== "evaluation").slice(0, 6), "running");
    expect(view.updates).toEqual([]);
    expect(view.evaluations).toEqual([]);
    for (const { p, prior } of view.datasets) expect(p).toBe(prior);
  });

  it("takes times from the finish, and before it from what was measured", () => {
    const finish = run.events.at(-1) as RunEventOf<"finish">;
    expect(folded(run.events)).toMatchObject({
      seconds: finish.seconds,
      overheadSeconds: finish.overheadSeconds,
    });
    const open = folded(run.events.slice(0, -1), "running");
    const measured = run.events.reduce(
      (sum, event) => sum + (event.type !== "finish" && "seconds" in event ? event.seconds : 0),
      0,
    );
    expect(open.seconds).toBeCloseTo(measured, 9);
    expect(open.overheadSeconds).toBeGreaterThan(0);
    expect(open.overheadSeconds).toBeLessThan(open.seconds);
  });

  it("says why a run broke, until it is resumed", () => {
    const broken = sampleRun({ steps: 120, done: 50, end: "failure" });
    const view = addEvents(emptyRunView(broken.record), broken.events, "failed");
    const failure = broken.events.at(-1) as RunEventOf<"failure">;
    expect(view.failure).toEqual({ message: failure.message, advice: failure.advice });
    const resumed = addEvents(view, [resumeAt(50, view.lastSeq + 1)], "running");
    expect(resumed.failure).toBeNull();
  });

  it("refuses a view that it did not make", () => {
    expect(() => addEvents({ ...emptyRunView(run.record) }, run.events, "running")).toThrow(TypeError);
  });
});

describe("folding", () => {
  it("gives the same whatever pieces the events come in, and however they overlap", () => {
    const whole = data(folded(run.events));
    const cuts = fc.array(fc.nat(run.events.length), { maxLength: 8 });
    fc.assert(
      fc.property(cuts, fc.nat(30), (positions, overlap) => {
        const ends = [...positions.sort((a, b) => a - b), run.events.length];
        let view = emptyRunView(run.record);
        let from = 0;
        for (const end of ends) {
          view = addEvents(view, run.events.slice(Math.max(0, from - overlap), end), "finished");
          from = end;
        }
        expect(data(view)).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it("leaves a view as it was when others grow out of it", () => {
    const half = run.events.slice(0, 60);
    const early = folded(half, "running");
    const late = addEvents(early, run.events.slice(60), "finished");
    const other = addEvents(early, run.events.slice(60, 70), "running");
    expect(early.losses.length).toBeLessThan(late.losses.length);
    expect(data(early)).toEqual(data(folded(half, "running")));
    expect(data(other)).toEqual(data(folded(run.events.slice(0, 70), "running")));
    expect(data(late)).toEqual(data(folded(run.events)));
  });

  it("copies no list while events come one by one", () => {
    const template = steps[0]!;
    let view = folded(run.events.slice(0, 1), "running");
    let pieces = 0;
    const { slice } = Array.prototype;
    const counted = (array: unknown[]) => {
      pieces += array.length;
    };
    Array.prototype.slice = function (this: unknown[], ...range: [number?, number?]) {
      const copy = slice.apply(this, range);
      counted(copy);
      return copy;
    };
    try {
      for (let step = 1; step <= 10_000; step++) {
        view = addEvents(view, [{ ...template, seq: step, step }], "running");
      }
    } finally {
      Array.prototype.slice = slice;
    }
    expect(pieces).toBe(0);
    expect(view.losses.length).toBe(10_000);
    expect(view.datasets.reduce((sum, { drawn }) => sum + drawn, 0)).toBe(160_000);
  });
});

describe("a resumed run", () => {
  const upTo = (step: number) => run.events.filter((event) => event.step <= step && event.type !== "finish");

  it("has the records after the checkpoint once: those of the resumed session", () => {
    // The log was cut at the checkpoint of step 100 while this reader had seen up to step 110.
    const kept = upTo(100);
    const lost = run.events.slice(kept.length, kept.length + 10);
    const resume = resumeAt(100, kept.length);
    const replayed = run.events
      .slice(kept.length)
      .map((event) => ({ ...event, seq: event.seq + 1, time: later(event.time) }));
    const seenAll = folded([...kept, ...lost], "interrupted");
    expect(seenAll.step).toBeGreaterThan(100);
    const view = addEvents(seenAll, [resume, ...replayed], "finished");
    expect(view.losses.map(({ step }) => step)).toEqual(steps.map(({ step }) => step));
    expect(view.datasets.reduce((sum, { drawn }) => sum + drawn, 0)).toBe(120 * 16);
    expect(view.evaluations.map(({ step }) => step)).toEqual([0, 40, 80, 120]);
    expect(view.resumes).toEqual([{ seq: resume.seq, step: 100, time: resume.time }]);
    // A reader of the folder afterwards sees the same.
    expect(data(view)).toEqual(data(folded([...kept, resume, ...replayed])));
  });

  it("drops what the checkpoint does not hold although the log was not cut", () => {
    const seen = upTo(110);
    const view = addEvents(folded(seen, "interrupted"), [resumeAt(100, seen.length)], "running");
    expect(view.step).toBe(100);
    expect(view.losses.at(-1)!.step).toBe(100);
    expect(view.datasets.reduce((sum, { drawn }) => sum + drawn, 0)).toBe(100 * 16);
    expect(view.lastSeq).toBe(seen.length);
  });

  it("is not rolled back again by a resume that was seen before", () => {
    const kept = upTo(100);
    const resume = resumeAt(100, kept.length);
    const replayed = run.events.slice(kept.length).map((event) => ({ ...event, seq: event.seq + 1 }));
    const view = folded([...kept, resume, ...replayed]);
    expect(data(addEvents(view, [resume], "finished"))).toEqual(data(view));
  });

  it("that begins again starts empty", () => {
    const again = { ...run.events[0]!, time: later(run.events[0]!.time) };
    const view = addEvents(folded(upTo(30), "interrupted"), [again, ...run.events.slice(1, 5)], "running");
    expect(view.losses.length).toBeLessThan(5);
    expect(view.lastSeq).toBe(4);
  });
});

describe("the summary of `mos show --json`", () => {
  it("names what the run used of the Hub, if it did", () => {
    const source = { kind: "model", repository: "a/b", revision: "main", commit: "0".repeat(40) } as const;
    const [start, ...others] = run.events;
    const events = [{ ...(start as RunEventOf<"start">), sources: [source] }, ...others];
    expect(runSummary(folded(events)).sources).toEqual([source]);
  });

  it("has exactly the documented keys", () => {
    const summary = runSummary(folded(run.events));
    expect(Object.keys(summary)).toEqual([
      "id",
      "name",
      "experiment",
      "status",
      "seed",
      "step",
      "steps",
      "backend",
      "planHash",
      "datasets",
      "updates",
      "losses",
      "evaluations",
      "alerts",
      "seconds",
      "overheadSeconds",
    ]);
    expect(Object.keys(summary.datasets[0]!)).toEqual([
      "name",
      "size",
      "drawn",
      "epochs",
      "tokens",
      "prior",
      "p",
    ]);
    expect(Object.keys(summary.updates[0]!)).toEqual(["step", "p", "raw", "reward", "error"]);
    expect(Object.keys(summary.losses[0]!)).toEqual(["step", "loss", "perDataset"]);
    expect(Object.keys(summary.evaluations[0]!)).toEqual(["step", "perDataset", "reference"]);
    expect(Object.keys(Object.values(summary.evaluations[0]!.perDataset)[0]!)).toEqual([
      "loss",
      "perplexity",
      "tokens",
    ]);
  });
});

function resumeAt(step: number, seq: number): RunEventOf<"resume"> {
  const { backend, detail, threads, passedOver, node, product, host, pid } = run
    .events[0] as RunEventOf<"start">;
  const machine = { backend, detail, threads, passedOver, node, product, host, pid };
  return { type: "resume", seq, step, time: "2026-01-02T04:00:00.000Z", ...machine };
}

function later(time: string): string {
  return new Date(Date.parse(time) + 3_600_000).toISOString();
}
