/** Resuming equals not having stopped: the records and the weights are those of a run that was never interrupted. */
import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { runFolderLayout } from "../../contracts/run-folder";
import { connectHost } from "../../run-folder/host-client";
import { readDiscovery } from "../../run-folder/run-files";
import { runStatus } from "../../run-folder/run-status";
import { Random } from "../../training-host/random";
import {
  eventsOf,
  eventsOfType,
  freezeRun,
  type HostEnd,
  lastingBytes,
  runToEnd,
  type StartedHost,
  startHost,
  temporaryFolder,
  until,
  withoutTimes,
} from "./run-under-test";
import { tinyPlan, writeTinyData } from "./tiny-experiment";

const STEPS = 30;

let base: string;
let uninterrupted: string;

beforeAll(async () => {
  base = temporaryFolder(afterAll);
  writeTinyData(base);
  uninterrupted = freezeRun(tinyPlan(base));
  const { code, output } = await runToEnd(uninterrupted);
  expect(code, output).toBe(0);
});

describe("a run that is not interrupted", () => {
  test("says what it did, step by step", () => {
    const events = eventsOf(uninterrupted);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
    expect(events[0]!.type).toBe("start");
    expect(events.at(-1)!.type).toBe("finish");
    expect(eventsOfType(uninterrupted, "step").map(({ step }) => step)).toEqual(range(1, STEPS));
    expect(eventsOfType(uninterrupted, "update").map(({ step }) => step)).toEqual([5, 10, 15, 20, 25]);
    expect(eventsOfType(uninterrupted, "evaluation").map(({ step }) => step)).toEqual([0, 10, 20, 30]);
    expect(eventsOfType(uninterrupted, "checkpoint").map(({ step }) => step)).toEqual([8, 16, 24, 30]);
    expect(fs.readdirSync(path.join(uninterrupted, runFolderLayout.checkpoints)).sort()).toEqual([
      "step-24",
      "step-30",
    ]);
    expect(runStatus(uninterrupted)).toBe("finished");
  });

  test("counts every example it drew, and evaluates the plain mean over datasets", () => {
    const finish = eventsOfType(uninterrupted, "finish")[0]!;
    expect(finish.drawn.sums! + finish.drawn.echoes!).toBe(STEPS * 4);
    expect(finish.epochs.sums).toBeCloseTo(finish.drawn.sums! / 60);
    const steps = eventsOfType(uninterrupted, "step");
    const tokens = steps.reduce((sum, { perDataset }) => sum + (perDataset.sums?.tokens ?? 0), 0);
    expect(finish.tokens.sums).toBe(tokens);
    for (const { perDataset, reference } of eventsOfType(uninterrupted, "evaluation")) {
      expect(reference.loss).toBeCloseTo((perDataset.sums!.loss! + perDataset.echoes!.loss!) / 2, 12);
      expect(perDataset.sums!.perplexity).toBeCloseTo(Math.exp(perDataset.sums!.loss!), 8);
    }
  });

  test("learns, and moves the mixture from its prior", () => {
    const [first, ...later] = eventsOfType(uninterrupted, "evaluation");
    expect(later.at(-1)!.reference.loss).toBeLessThan(first!.reference.loss! - 0.3);
    const start = eventsOfType(uninterrupted, "start")[0]!;
    expect(start.datasets[0]!.prior).toBeCloseTo(60 / 84, 12);
    const last = eventsOfType(uninterrupted, "update").at(-1)!;
    expect(last.p.sums! + last.p.echoes!).toBeCloseTo(1, 12);
    expect(Math.abs(last.p.sums! - 60 / 84)).toBeGreaterThan(0.02);
  });

  test("keeps the authors' log of probabilities, step 0 being the prior", () => {
    const lines = fs
      .readFileSync(path.join(uninterrupted, runFolderLayout.probabilities), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const [sums, echoes] = eventsOfType(uninterrupted, "start")[0]!.datasets;
    expect(lines[0]).toEqual({ step: 0, sums: sums!.prior, echoes: echoes!.prior });
    const updates = eventsOfType(uninterrupted, "update").map(({ step, p }) => ({ step, ...p }));
    expect(lines.slice(1)).toEqual(updates);
  });

  test("does the same thing again with the same seed, and another with another", async () => {
    const again = freezeRun(tinyPlan(base));
    const other = freezeRun(tinyPlan(base, { config: { seed: 8 } }));
    expect((await runToEnd(again)).code).toBe(0);
    expect((await runToEnd(other)).code).toBe(0);
    expect(withoutTimes(eventsOf(again))).toEqual(withoutTimes(eventsOf(uninterrupted)));
    expect(lastingBytes(again, STEPS)).toEqual(lastingBytes(uninterrupted, STEPS));
    expect(lastingBytes(other, STEPS).model).not.toEqual(lastingBytes(uninterrupted, STEPS).model);
  });

  test("has nothing to do when its host is started again", async () => {
    const before = eventsOf(uninterrupted);
    expect((await runToEnd(uninterrupted)).code).toBe(0);
    expect(eventsOf(uninterrupted)).toEqual(before);
  });
});

describe("a run that was stopped and resumed", () => {
  test.each(["socket", "SIGTERM", "SIGINT"] as const)("by %s goes on as if it had not been", async (how) => {
    const { run, end } = await endedAfter(11, base, async (run, host) => {
      if (how !== "socket") return void host.process.kill(how);
      const client = await connectHost(run, "a test");
      onTestFinished(() => client.dispose());
      await client.stop();
    });
    expect(end.code, end.output).toBe(75);
    expect(runStatus(run)).toBe("stopped");
    const stopped = eventsOf(run).at(-1)!;
    expect(stopped).toMatchObject({
      type: "stop",
      reason: how === "socket" ? "Asked to by a test." : `Received ${how}.`,
    });
    expect(stopped.step).toBeLessThan(STEPS);
    expect(eventsOf(run).at(-2)).toMatchObject({ type: "checkpoint", step: stopped.step });
    expect((await runToEnd(run)).code).toBe(0);
    expect(eventsOfType(run, "resume")[0]!.step).toBe(stopped.step);
    expectAsUninterrupted(run);
  });

  test("before its first step begins anew", async () => {
    const run = freezeRun(tinyPlan(base));
    const host = startHost(run);
    await until(() => readDiscovery(run) !== null);
    host.process.kill("SIGTERM");
    expect((await host.ended).code).toBe(75);
    expect(eventsOf(run).at(-1)!.type).toBe("stop");
    expect((await runToEnd(run)).code).toBe(0);
    expectAsUninterrupted(run);
  });
});

describe("a host that was killed", () => {
  test("at any moment, five times over, leaves a run that goes on as if nothing had happened", async () => {
    const run = freezeRun(tinyPlan(base));
    const random = new Random(Date.now(), "moments of death");
    for (const step of [0, 3, 9, 17, 26]) {
      const host = startHost(run);
      await untilStep(run, step);
      await new Promise((resolve) => setTimeout(resolve, random.integer(40)));
      host.process.kill("SIGKILL");
      await host.ended;
      expect(["interrupted", "finished"]).toContain(runStatus(run));
    }
    expect((await runToEnd(run)).code).toBe(0);
    expectAsUninterrupted(run, { sameCheckpoints: true });
  });

  test("in the middle of a record leaves a torn line, which is cut", async () => {
    const run = await killedAfter(12);
    fs.appendFileSync(path.join(run, runFolderLayout.events), '{"seq":99,"time":"2026-');
    fs.appendFileSync(path.join(run, runFolderLayout.probabilities), '{"step":10,"su');
    expect((await runToEnd(run)).code).toBe(0);
    expectAsUninterrupted(run, { sameCheckpoints: true });
  });

  test("with a damaged newest checkpoint goes on from the one before", async () => {
    const run = await killedAfter(18);
    const model = path.join(run, runFolderLayout.checkpoints, "step-16", "model.safetensors");
    const bytes = fs.readFileSync(model);
    bytes[bytes.length - 5]! ^= 1;
    fs.writeFileSync(model, bytes);
    const { code, output } = await runToEnd(run);
    expect(code).toBe(0);
    expect(output).toContain("does not match its hash");
    expect(eventsOfType(run, "resume")[0]!.step).toBe(8);
    expectAsUninterrupted(run, { sameCheckpoints: true });
  });

  test("with no usable checkpoint begins anew", async () => {
    const run = await killedAfter(9);
    fs.rmSync(path.join(run, runFolderLayout.checkpoints, "step-8", "manifest.json"));
    expect((await runToEnd(run)).code).toBe(0);
    expect(eventsOfType(run, "resume")[0]!.step).toBe(0);
    expectAsUninterrupted(run, { sameCheckpoints: true });
  });

  test("without the cache of initial perplexities measures them again, on the model before its first step", async () => {
    const run = await killedAfter(12);
    fs.rmSync(path.join(base, ".mos", "cache"), { recursive: true });
    expect((await runToEnd(run)).code).toBe(0);
    expectAsUninterrupted(run, { sameCheckpoints: true });
  });
});

test("data that was changed meanwhile is refused, and nothing is lost", async () => {
  const own = temporaryFolder();
  writeTinyData(own);
  const { run } = await endedAfter(9, own, (_, host) => host.process.kill("SIGTERM"));
  const data = path.join(own, "sums.jsonl");
  const original = fs.readFileSync(data, "utf8");
  fs.writeFileSync(data, original.replace("plus", "and"));
  expect((await runToEnd(run)).code).toBe(3);
  expect(eventsOf(run).at(-1)).toMatchObject({
    type: "failure",
    message: 'The training data of "sums" is not what it was when the run began.',
  });
  fs.writeFileSync(data, original);
  expect((await runToEnd(run)).code).toBe(0);
  expectAsUninterrupted(run);
});

test("a plan that was edited after it was frozen is refused", async () => {
  const run = freezeRun(tinyPlan(base));
  const file = path.join(run, runFolderLayout.plan);
  fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace('"seed": 7', '"seed": 6'));
  const { code, output } = await runToEnd(run);
  expect(code).toBe(3);
  expect(output).toContain("does not match its hash");
});

function expectAsUninterrupted(run: string, { sameCheckpoints } = { sameCheckpoints: false }): void {
  // A stop makes a checkpoint of its own.
  const without = sameCheckpoints ? [] : (["checkpoint"] as const);
  expect(withoutTimes(eventsOf(run), without)).toEqual(withoutTimes(eventsOf(uninterrupted), without));
  expect(eventsOf(run).map(({ seq }) => seq)).toEqual(eventsOf(run).map((_, index) => index));
  expect(lastingBytes(run, STEPS)).toEqual(lastingBytes(uninterrupted, STEPS));
}

async function killedAfter(step: number): Promise<string> {
  const { run } = await endedAfter(step, base, (_, host) => host.process.kill("SIGKILL"));
  return run;
}

const ATTEMPTS = 10;

/** A run that `end` ended after `step`: begun anew when it finished before it heard, as it can on a busy machine. */
async function endedAfter(
  step: number,
  folder: string,
  end: (run: string, host: StartedHost) => unknown,
): Promise<{ run: string; end: HostEnd }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const run = freezeRun(tinyPlan(folder));
    const host = startHost(run);
    await untilStep(run, step);
    if (runStatus(run) === "running") await end(run, host);
    const ended = await host.ended;
    if (runStatus(run) !== "finished") return { run, end: ended };
  }
  throw new Error(`The run finished ${ATTEMPTS} times before it heard of its end.`);
}

function untilStep(run: string, step: number): Promise<void> {
  return until(() => (eventsOf(run).at(-1)?.step ?? -1) >= step);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
