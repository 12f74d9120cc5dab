import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Plan } from "../../../contracts/plan";
import { type ComparedRun, compareRuns } from "../../../run-view/comparison";
import { differingPaths, valueAt } from "../../../run-view/plan-difference";
import { addressOf } from "../../../run-view/resolved-values";
import { addEvents, emptyRunView } from "../../../run-view/run-view";
import { speedUp, stepsToReach } from "../../../run-view/speed-up";
import { type SampleRun, sampleComparison, samplePlan, sampleRun } from "../run-folder/sample-run";

function compared({ record, events }: SampleRun): ComparedRun {
  const status = events.at(-1)?.type === "finish" ? "finished" : "interrupted";
  return { view: addEvents(emptyRunView(record), events, status), plan: record.plan };
}

/** What differs between two plans, as a comparison shows it. */
const differencePlans = (a: Plan, b: Plan) =>
  differingPaths([a, b]).map((path) => ({
    address: addressOf(path),
    a: valueAt(a, path),
    b: valueAt(b, path),
  }));

const curve = (...points: [number, number | null][]) =>
  points.map(([step, loss]) => ({ step, reference: { loss } }));

describe("speed-up", () => {
  const baseline = curve([0, 2], [100, 1], [200, 0.6], [300, 0.5]);

  it("is the baseline's steps over the run's to the baseline's final loss, interpolated", () => {
    const run = curve([0, 2], [100, 0.8], [200, 0.4]);
    // 0.5 lies three quarters of the way from 0.8 to 0.4.
    expect(speedUp(run, baseline)).toEqual({
      kind: "reached",
      steps: expect.closeTo(175, 9),
      baselineSteps: 300,
      factor: expect.closeTo(300 / 175, 9),
    });
  });

  it("counts the baseline's own steps to where it ends, which may be before its last", () => {
    const dip = curve([0, 2], [100, 0.5], [300, 0.5]);
    expect(speedUp(curve([0, 2], [100, 0.5]), dip)).toMatchObject({ kind: "reached", factor: 1, steps: 100 });
  });

  it("of the baseline against itself is 1", () => {
    expect(speedUp(baseline, baseline)).toMatchObject({ factor: 1 });
  });

  it("says when the loss is not reached, and how near the run came", () => {
    expect(speedUp(curve([0, 2], [300, 0.55], [310, 0.7]), baseline)).toEqual({
      kind: "not-reached",
      target: 0.5,
      best: 0.55,
    });
  });

  it("says when it cannot be told", () => {
    expect(speedUp([], baseline)).toMatchObject({ kind: "unknown" });
    expect(speedUp(baseline, [])).toMatchObject({ kind: "unknown" });
    expect(speedUp(curve([0, null]), baseline)).toMatchObject({ kind: "unknown" });
    expect(speedUp(curve([0, 0.1]), baseline)).toMatchObject({ kind: "unknown" });
  });

  it("passes over evaluations that went wrong", () => {
    expect(stepsToReach(curve([0, 2], [100, null], [200, 1]), 1.5)).toBe(100);
  });

  it("does not depend on evaluations at points of the same lines", () => {
    // Hundredths: two losses that differ in their last bit have no line between them to speak of.
    const loss = fc.integer({ min: 10, max: 400 }).map((hundredths) => hundredths / 100);
    fc.assert(
      fc.property(fc.array(loss, { minLength: 2, maxLength: 8 }), loss, (values, target) => {
        const coarse = curve(...values.map((loss, index): [number, number] => [index * 100, loss]));
        const fine = coarse.flatMap((point, index) => {
          const next = coarse[index + 1];
          const middle = (point.reference.loss! + (next?.reference.loss ?? 0)) / 2;
          return next ? [point, { step: point.step + 50, reference: { loss: middle } }] : [point];
        });
        const a = stepsToReach(coarse, target);
        const b = stepsToReach(fine, target);
        if (a === null) expect(b).toBeNull();
        else expect(b!).toBeCloseTo(a, 6);
      }),
    );
  });
});

describe("comparing runs", () => {
  const runs = sampleComparison({ steps: 120 }).map(compared);

  it("takes the strongest static run as the baseline, and says what each run reached and consumed", () => {
    const { rows, baseline, datasets } = compareRuns(runs);
    expect(datasets).toEqual(["arith", "convert", "facts", "copy"]);
    const statics = rows.filter((row) => row.isStatic);
    expect(statics.map(({ name }) => name)).toEqual(["quickstart/uniform", "quickstart/proportional"]);
    const best = Math.min(...statics.map(({ final }) => final!.reference!));
    const row = rows.find(({ id }) => id === baseline)!;
    expect(row.final!.reference).toBe(best);
    expect(row.speedUp).toEqual({ kind: "baseline" });
    for (const { final, mixture, drawnShare, id } of rows) {
      const { view } = runs.find((run) => run.view.id === id)!;
      expect(final!.reference).toBe(view.evaluations.at(-1)!.reference.loss);
      for (const shares of [mixture, drawnShare]) {
        expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
      }
    }
  });

  it("compares with another baseline when asked", () => {
    const chosen = runs[3]!.view.id;
    const { baseline, rows } = compareRuns(runs, chosen);
    expect(baseline).toBe(chosen);
    expect(rows[3]!.speedUp).toEqual({ kind: "baseline" });
    expect(rows[2]!.speedUp.kind).not.toBe("baseline");
  });

  it("gives no speed-up without a finished static run, or across different held-out examples", () => {
    const learned = compareRuns([runs[0]!, runs[1]!]);
    expect(learned.baseline).toBeNull();
    expect(learned.rows.map(({ speedUp }) => speedUp.kind)).toEqual(["unknown", "unknown"]);
    const unfinished = compared(sampleRun({ mixture: "uniform", steps: 120, done: 60, end: "open" }));
    expect(compareRuns([runs[0]!, unfinished]).baseline).toBeNull();
    const events = sampleRun({ steps: 120 }).events.map((event) =>
      event.type === "evaluation"
        ? { ...event, perDataset: { arith: { loss: 1, perplexity: Math.E, tokens: 1 } } }
        : event,
    );
    const other = compared({ ...sampleRun({ steps: 120, runId: "other" }), events });
    const row = compareRuns([other, runs[2]!]).rows[0]!;
    expect(row.speedUp).toMatchObject({ kind: "unknown", reason: expect.stringContaining("held-out") });
  });

  it("copes with a run of which nothing is known yet", () => {
    const { record } = sampleRun({ runId: "queued" });
    const queued = { view: emptyRunView(record), plan: record.plan };
    const { rows } = compareRuns([queued, runs[2]!]);
    expect(rows[0]).toMatchObject({ final: null, mixture: {}, status: "queued" });
    expect(rows[0]!.speedUp.kind).toBe("unknown");
    expect(compareRuns([])).toMatchObject({ rows: [], baseline: null, differences: [] });
  });

  it("lists where the configs differ, with every run's value", () => {
    const { differences } = compareRuns(runs);
    expect(differences.map(({ address }) => address)).toContain("mixture.kind");
    const kinds = differences.find(({ address }) => address === "mixture.kind")!.values;
    expect(Object.values(kinds)).toEqual(["scorer", "scorer", "static", "static"]);
    const [first, second] = compareRuns(runs.slice(0, 2)).differences;
    expect([first!.address, second!.address]).toEqual([
      "mixture.reward.difficulty",
      "mixture.reward.transferability",
    ]);
    expect(second!.values).toEqual({ [runs[0]!.view.id]: undefined, [runs[1]!.view.id]: { weight: 1 } });
  });
});

describe("the difference of two plans", () => {
  const plan = samplePlan();
  const changed = (change: (config: typeof plan.config) => void) => {
    const config = structuredClone(plan.config);
    change(config);
    return { ...plan, config };
  };

  it("is by address in the language's spelling", () => {
    const other = changed((config) => {
      config.train.optimizer.weightDecay = 0.1;
      config.data[1]!.weight = 2;
      config.train.clip = null;
    });
    expect(differencePlans(plan, other)).toEqual([
      { address: "data.convert.weight", a: 1, b: 2 },
      { address: "train.clip", a: 1, b: null },
      { address: "train.optimizer.weight-decay", a: 0.01, b: 0.1 },
    ]);
  });

  it("takes a part that one plan lacks as one difference", () => {
    const other = changed((config) => {
      if (config.mixture.kind === "scorer") config.mixture.ema = null;
      config.data.pop();
    });
    expect(differencePlans(plan, other)).toEqual([
      { address: "data.copy", a: expect.objectContaining({ path: "data/copy.jsonl" }), b: undefined },
      { address: "mixture.ema", a: { beta: 0.9, start: "first" }, b: null },
    ]);
  });

  it("sees no difference in the datasets' order, names, files or origins", () => {
    const other = changed((config) => config.data.reverse());
    expect(differencePlans(plan, { ...other, name: "x", file: "/y.mos", origins: {} })).toEqual([]);
  });
});
