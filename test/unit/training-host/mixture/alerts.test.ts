import { describe, expect, it } from "vitest";
import { AlertFilter } from "../../../../training-host/mixture/alert-filter";
import {
  dataAlerts,
  droppedAlerts,
  epochAlerts,
  overlapAlerts,
  relativeEntropy,
  rowAlerts,
  totalVariation,
  type UpdateFacts,
  updateAlerts,
} from "../../../../training-host/mixture/alerts";
import { LossWatch } from "../../../../training-host/mixture/loss-watch";
import type { Alert } from "../../../../training-host/mixture/mixture";
import { TrainingAlerts } from "../../../../training-host/mixture/training-alerts";
import { Random } from "../../../../training-host/random";

const uniform = { a: 0.25, b: 0.25, c: 0.25, d: 0.25 };

/** An update about which there is nothing to say, with `changes`. */
function facts(
  changes: Partial<Omit<UpdateFacts, "record">> & Partial<UpdateFacts["record"]> = {},
): UpdateFacts {
  const { combined, previous, prior, initialPerplexity, ...record } = changes;
  return {
    record: {
      p: uniform,
      raw: { difficulty: { a: 0.5, b: 0.4, c: 0.6, d: 0.1 } },
      reward: {},
      error: { a: 0.05, b: 0.05, c: 0.05, d: 0.02 },
      travel: 0.02,
      clamped: [],
      skipped: null,
      ...record,
    },
    combined: combined ?? { a: 0.5, b: 0.4, c: 0.6, d: 0.1 },
    previous: previous ?? uniform,
    prior: prior ?? uniform,
    initialPerplexity: initialPerplexity ?? { a: 4, b: 8, c: 6, d: 38 },
  };
}

function found(alerts: readonly Alert[]): (string | null)[][] {
  return alerts.map(({ kind, dataset }) => [kind, dataset]);
}

describe("an update's alerts", () => {
  it("are none when all is well", () => {
    expect(updateAlerts(facts())).toEqual([]);
  });

  it.each<[string, Parameters<typeof facts>[0], string, string | null]>([
    ["an error above half the reward", { error: { a: 0.26, b: 0, c: 0, d: null } }, "noisy-reward", "a"],
    [
      "cosines that are nearly equal",
      { raw: { transferability: { a: 0.98, b: 0.97, c: 0.96, d: 0.99 } } },
      "equal-rewards",
      null,
    ],
    ["an initial perplexity above 50", { initialPerplexity: { d: 51 } }, "hard-start", "d"],
    ["a clamped reward", { clamped: ["b"] }, "clamped-reward", "b"],
    [
      "nine tenths of the draws",
      { p: { a: 0.91, b: 0.03, c: 0.03, d: 0.03 }, previous: { a: 0.9, b: 0.04, c: 0.03, d: 0.03 } },
      "collapse",
      "a",
    ],
    ["a jump", { p: { a: 0.36, b: 0.14, c: 0.25, d: 0.25 } }, "unstable-mixture", null],
    ["a skipped update", { skipped: "no number.", combined: {} }, "skipped-update", null],
  ])("tell of %s", (_, changes, kind, dataset) => {
    const alerts = updateAlerts(facts(changes));
    expect(found(alerts)).toEqual([[kind, dataset]]);
    expect(alerts[0]!.message).toMatch(/^["A-Z].*\.$/);
    if (dataset !== null) expect(alerts[0]!.message).toContain(`"${dataset}"`);
  });

  it("stay silent at the thresholds", () => {
    expect(updateAlerts(facts({ error: { a: 0.25, b: 0.2, c: 0.3, d: 0.05 } }))).toEqual([]);
    expect(updateAlerts(facts({ initialPerplexity: { d: 50 } }))).toEqual([]);
    expect(updateAlerts(facts({ raw: { transferability: { a: 0.8, b: 0.73, c: 0.74, d: 0.69 } } }))).toEqual(
      [],
    );
    expect(updateAlerts(facts({ p: { a: 0.34, b: 0.16, c: 0.25, d: 0.25 } }))).toEqual([]);
  });

  it("do not call the user's own prior a collapse", () => {
    const p = { a: 0.95, b: 0.03, c: 0.01, d: 0.01 };
    expect(updateAlerts(facts({ p, previous: p, prior: p }))).toEqual([]);
    const further = { a: 0.97, b: 0.01, c: 0.01, d: 0.01 };
    expect(found(updateAlerts(facts({ p: further, previous: p, prior: p })))).toEqual([["collapse", "a"]]);
  });

  it("see a collapse onto few of many datasets", () => {
    const names = Array.from({ length: 20 }, (_, index) => `d${index}`);
    const start = Object.fromEntries(names.map((name) => [name, 0.05]));
    const p = Object.fromEntries(names.map((name, index) => [name, index < 2 ? 0.4991 : 0.0001]));
    const alerts = updateAlerts(facts({ p, previous: p, prior: start, combined: {}, initialPerplexity: {} }));
    expect(found(alerts)).toEqual([["collapse", null]]);
  });

  it("measure distance and spread as their definitions say", () => {
    expect(totalVariation({ a: 1, b: 0 }, { a: 0, b: 1 })).toBe(1);
    expect(totalVariation(uniform, uniform)).toBe(0);
    expect(relativeEntropy([0.25, 0.25, 0.25, 0.25])).toBeCloseTo(1, 12);
    expect(relativeEntropy([1, 0])).toBe(0);
    expect(relativeEntropy([1])).toBe(1);
  });
});

describe("alerts about data and epochs", () => {
  it("tell of cut and missing examples, and of repetition", () => {
    const datasets = [
      { name: "whole", size: 10, heldOut: 5, truncated: 0 },
      { name: "cut", size: 10, heldOut: 5, truncated: 3 },
      { name: "blind", size: 10, heldOut: 0, truncated: 0 },
    ];
    expect(found(dataAlerts(datasets))).toEqual([
      ["truncated", "cut"],
      ["no-held-out", "blind"],
    ]);
    const dropped = [
      { name: "whole", dropped: 0 },
      { name: "long", dropped: 2 },
    ];
    expect(found(droppedAlerts(dropped))).toEqual([["truncated", "long"]]);
    expect(found(dataAlerts([{ name: "untold", size: 10, heldOut: 5, truncated: null }]))).toEqual([]);
    expect(found(epochAlerts({ few: 4, many: 4.01 }))).toEqual([["many-epochs", "many"]]);
  });
});

describe("alerts about rows", () => {
  const clean = { looked: 100, malformed: 0, complaints: [], duplicates: 0, dropped: false };

  it("tell of malformed rows with the first of them, and of many equal ones that are kept", () => {
    const findings = [
      { ...clean, name: "clean" },
      {
        ...clean,
        name: "torn",
        malformed: 2,
        complaints: ["torn.jsonl:7: expected an object, found a list."],
      },
      { ...clean, name: "few", duplicates: 5 },
      { ...clean, name: "many", duplicates: 6 },
      { ...clean, name: "without", duplicates: 50, dropped: true },
    ];
    const alerts = rowAlerts(findings);
    expect(found(alerts)).toEqual([
      ["malformed", "torn"],
      ["duplicates", "many"],
    ]);
    expect(alerts[0]!.message).toBe(
      '2 rows of "torn" left out because malformed, the first: torn.jsonl:7: expected an object, found a list.',
    );
  });

  it("tell of held-out rows that are trained on, and once for each dataset of rows that others have", () => {
    const of = (dataset: string, train: string, rows: number) => ({
      dataset,
      train,
      rows,
      first: `${dataset}:3`,
    });
    const alerts = overlapAlerts({
      heldOut: [of("leaky", "whole", 1)],
      shared: [of("b", "a", 2), of("c", "a", 1), of("c", "b", 4)],
    });
    expect(alerts.map(({ kind, dataset }) => [kind, dataset])).toEqual([
      ["overlap", "leaky"],
      ["overlap", "b"],
      ["overlap", "c"],
    ]);
    expect(alerts[0]!.message).toContain(
      '1 held-out row of "leaky" is also in the training data of "whole" (the first: leaky:3)',
    );
    expect(alerts[2]!.message).toContain('5 rows of "c" are also in "b", "a" (the first: c:3)');
  });
});

describe("the loss watch", () => {
  /** A falling, noisy loss. */
  function losses(count: number, seed = 1): number[] {
    const random = new Random(seed, "loss");
    return Array.from(
      { length: count },
      (_, step) => 0.3 + 1.5 * Math.exp(-step / 80) + 0.05 * random.normal(),
    );
  }

  it("is silent while the loss falls and wobbles", () => {
    for (let seed = 0; seed < 20; seed++) {
      const watch = new LossWatch();
      expect(losses(300, seed).flatMap((loss) => watch.afterStep(loss))).toEqual([]);
    }
  });

  it("tells of a jump, and of a loss that is no number", () => {
    const watch = new LossWatch();
    for (const loss of losses(200)) watch.afterStep(loss);
    expect(found(watch.afterStep(2.5))).toEqual([["loss-spike", null]]);
    expect(watch.afterStep(null)[0]!.message).toContain("not a number");
    expect(watch.afterStep(0.35)).toEqual([]);
  });

  it("does not judge the first steps", () => {
    const watch = new LossWatch();
    expect([5, 1, 9, 2].flatMap((loss) => watch.afterStep(loss))).toEqual([]);
  });

  it("goes on from its state as if it had not stopped", () => {
    const watch = new TrainingAlerts();
    for (const loss of losses(60)) watch.afterStep(loss, { a: 3 });
    watch.afterStep(9, { a: 4.2 });
    const resumed = new TrainingAlerts();
    resumed.restore(JSON.parse(JSON.stringify(watch.state())));
    for (const loss of [9, 0.5, 9, null, 0.4]) {
      expect(resumed.afterStep(loss, { a: 4.3 })).toEqual(watch.afterStep(loss, { a: 4.3 }));
    }
    expect(resumed.state()).toEqual(watch.state());
  });
});

describe("the alert filter", () => {
  const alert = (kind: Alert["kind"], dataset: string | null = null): Alert => ({
    kind,
    dataset,
    message: "Why.",
  });

  it("tells what lasts once, by kind and dataset", () => {
    const filter = new AlertFilter();
    const noisy = [alert("noisy-reward", "a"), alert("noisy-reward", "b")];
    expect(filter.pass(noisy)).toEqual(noisy);
    for (let check = 0; check < 30; check++) expect(filter.pass(noisy)).toEqual([]);
    expect(filter.pass([...noisy, alert("noisy-reward", "c")])).toEqual([alert("noisy-reward", "c")]);
  });

  it("tells it again after it was away for long, not after it flickered", () => {
    const filter = new AlertFilter();
    filter.pass([alert("collapse", "a")]);
    for (let check = 0; check < 5; check++) filter.pass([]);
    expect(filter.pass([alert("collapse", "a")])).toEqual([]);
    for (let check = 0; check < 12; check++) filter.pass([]);
    expect(filter.pass([alert("collapse", "a")])).toHaveLength(1);
  });
});
