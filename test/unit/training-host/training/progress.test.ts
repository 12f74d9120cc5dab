import * as v from "valibot";
import { expect, test } from "vitest";
import { progressParamsSchema } from "../../../../contracts/host-protocol";
import { Progress } from "../../../../training-host/training/progress";

test("knows nothing before the first step, and says so", () => {
  const progress = new Progress(() => 0);
  progress.enter("tokenizing", 0.5);
  expect(v.parse(progressParamsSchema, progress.snapshot())).toEqual({
    phase: "tokenizing",
    phaseShare: 0.5,
    step: 0,
    steps: 0,
    loss: null,
    tokensPerSecond: null,
    secondsLeft: null,
    p: {},
  });
});

test("tells how long a download takes, until there is more to tell", () => {
  const progress = new Progress(() => 0);
  progress.enter("downloading", 0.25, 90);
  expect(progress.snapshot()).toMatchObject({ phase: "downloading", phaseShare: 0.25, secondsLeft: 90 });
  progress.enter("reading-data");
  expect(progress.snapshot().secondsLeft).toBeNull();
});

test("estimates what is left by the wall clock since this host began, rewards and evaluations counted in", () => {
  let now = 100;
  const progress = new Progress(() => now);
  progress.beginTraining(10, 40, new Map([["a", 1]]));
  for (let step = 11; step <= 15; step++) {
    now += 2;
    progress.finishStep(step, { loss: step, tokens: 300, seconds: 1 });
  }
  const { secondsLeft, tokensPerSecond, loss } = progress.snapshot();
  expect(secondsLeft).toBe(50);
  expect(tokensPerSecond).toBe(300);
  expect(loss).toBe(13);
});

test("averages the last steps only, and leaves out losses that are no numbers", () => {
  const progress = new Progress(() => 0);
  progress.beginTraining(0, 100, new Map());
  for (let step = 1; step <= 40; step++) progress.finishStep(step, { loss: step, tokens: 1, seconds: 1 });
  expect(progress.snapshot().loss).toBe(30.5);
  progress.finishStep(41, { loss: Number.NaN, tokens: 1, seconds: 1 });
  expect(progress.snapshot().loss).toBe(31);
});
