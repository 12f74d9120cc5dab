/** A hundred steps of the quickstart with the whole product: by `mos`, a host process each, on TensorFlow and on our kernels. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { RunEvent, RunEventOf } from "../../../contracts/run-event";
import { mos } from "../../host/mos-command";

const root = path.resolve(import.meta.dirname, "../../..");
const quickstart = path.join(root, "examples/quickstart/quickstart.mos");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mos-tensorflow-"));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/**
 * Nats. Both add in float32, in another order, and training spreads the difference: after 100 steps 5e-6 were seen between
 * the losses of a batch.
 */
const TOLERANCE = 1e-4;

async function train(backend: string): Promise<RunEvent[]> {
  const runs = path.join(folder, backend);
  const settings = ["train.steps=100", `launch.backend=${backend}`, "launch.threads=1"];
  const { code, stderr } = await mos(
    // Learns its mixture: the order of the draws depends on every reward.
    [
      ...["run", quickstart, "quickstart/no-ema", "--runs", runs, "--json"],
      ...settings.flatMap((setting) => ["--set", setting]),
    ],
    root,
  );
  expect(code, stderr).toBe(0);
  const [run] = fs.readdirSync(runs);
  const lines = fs
    .readFileSync(path.join(runs, run!, "events.jsonl"), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => JSON.parse(line) as RunEvent);
}

const of = <Type extends RunEvent["type"]>(events: readonly RunEvent[], type: Type) =>
  events.filter((event): event is RunEventOf<Type> => event.type === type);

describe("the quickstart on TensorFlow", () => {
  it("has the losses, updates and evaluations that it has on our kernels", async () => {
    const actual = await train("tensorflow");
    const expected = await train("wasm");
    expect(of(actual, "start")[0]).toMatchObject({ backend: "tensorflow", threads: 1 });
    expect(of(expected, "start")[0]).toMatchObject({ backend: "wasm" });

    const steps = of(actual, "step");
    expect(steps).toHaveLength(100);
    const differences = of(expected, "step").map(({ loss, perDataset }, i) => {
      const counts = (of: typeof perDataset) =>
        Object.entries(of).map(([name, { examples }]) => [name, examples]);
      expect(counts(steps[i]!.perDataset).sort(), `step ${i + 1}`).toEqual(counts(perDataset).sort());
      return Math.abs(loss! - steps[i]!.loss!);
    });
    console.log(`largest difference of a step's loss: ${Math.max(...differences).toExponential(1)}`);
    expect(Math.max(...differences)).toBeLessThan(TOLERANCE);

    const updates = of(actual, "update");
    expect(updates).toHaveLength(9); // none at the last step
    for (const [i, { p }] of of(expected, "update").entries())
      for (const [name, probability] of Object.entries(p))
        expect(Math.abs(updates[i]!.p[name]! - probability), `update ${i}, ${name}`).toBeLessThan(TOLERANCE);

    const evaluations = of(actual, "evaluation");
    expect(evaluations.length).toBeGreaterThan(1);
    for (const [i, { perDataset }] of of(expected, "evaluation").entries())
      for (const [name, { loss }] of Object.entries(perDataset))
        expect(Math.abs(evaluations[i]!.perDataset[name]!.loss! - loss!), name).toBeLessThan(TOLERANCE);
  });
});
