import { describe, expect, it } from "vitest";
import type { ComparedRun } from "../../../run-view/comparison";
import { addEvents, emptyRunView } from "../../../run-view/run-view";
import { compareSeeds, intervalOf } from "../../../run-view/seed-groups";
import { type SampleMixture, sampleRun } from "../run-folder/sample-run";

function run(mixture: SampleMixture, seed: number, done?: number): ComparedRun {
  const options = {
    mixture,
    seed,
    steps: 80,
    runId: `${mixture}-${seed}`,
    ...(done ? { done, end: "open" as const } : {}),
  };
  const { record, events } = sampleRun(options);
  const status = done ? "interrupted" : "finished";
  return { view: addEvents(emptyRunView(record), events, status), plan: record.plan };
}

const seeds = [1, 2, 3, 4, 5];
const mixtures: SampleMixture[] = ["difficulty", "uniform", "proportional"];
const runs = seeds.flatMap((seed) => mixtures.map((mixture) => run(mixture, seed)));
const loss = ({ view }: ComparedRun) => view.evaluations.at(-1)!.reference.loss!;

describe("comparing over seeds", () => {
  const { groups, baseline } = compareSeeds(runs);

  it("groups runs that differ in their seed alone", () => {
    expect(groups.map(({ runs }) => runs)).toEqual(
      mixtures.map((mixture) => seeds.map((seed) => `${mixture}-${seed}`)),
    );
    expect(groups.map(({ seeds }) => seeds)).toEqual(mixtures.map(() => seeds));
  });

  it("gives mean and deviation, and the paired difference to the strongest static group", () => {
    const group = groups[0]!;
    const losses = runs.filter(({ view }) => group.runs.includes(view.id)).map(loss);
    const mean = losses.reduce((sum, value) => sum + value, 0) / 5;
    expect(group.reference!.mean).toBeCloseTo(mean, 12);
    expect(group.reference!.count).toBe(5);
    const means = groups.map(({ reference, isStatic }) =>
      isStatic ? reference!.mean : Number.POSITIVE_INFINITY,
    );
    expect(means[baseline!]).toBe(Math.min(...means));
    expect(group.difference!.mean).toBeCloseTo(mean - means[baseline!]!, 12);
    expect(group.difference!.low).toBeLessThan(group.difference!.mean);
    expect(groups[baseline!]!.difference).toBeNull();
    expect(group.speedUp!.of).toBe(5);
    expect(Object.keys(group.perDataset)).toEqual(["arith", "convert", "facts", "copy"]);
  });

  it("counts finished runs only, and pairs by seed", () => {
    const partial = compareSeeds([
      run("difficulty", 1),
      run("difficulty", 2, 40),
      run("uniform", 1),
      run("uniform", 3),
    ]);
    expect(partial.groups[0]!.reference!.count).toBe(1);
    expect(partial.groups[0]!.reference!.deviation).toBeNull();
    expect(partial.groups[0]!.difference).toMatchObject({ count: 1, low: null, high: null });
    expect(compareSeeds([run("difficulty", 1, 40)]).groups[0]).toMatchObject({
      reference: null,
      difference: null,
    });
  });
});

describe("the confidence interval", () => {
  it("is Student's (values of R's t.test)", () => {
    expect(intervalOf([1, 2, 3, 4, 5])).toMatchObject({
      low: expect.closeTo(1.036757, 4),
      high: expect.closeTo(4.963243, 4),
    });
    const twenty = Array.from({ length: 20 }, (_, index) => index + 1);
    expect(intervalOf(twenty)).toMatchObject({
      low: expect.closeTo(7.731189, 2),
      high: expect.closeTo(13.268811, 2),
    });
    expect(intervalOf([])).toBeNull();
  });
});
