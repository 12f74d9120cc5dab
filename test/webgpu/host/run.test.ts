/** A whole run on WebGPU: the built host with its scorer, probes, checkpoints and held-out losses, beside one on wasm. */
import { expect, it } from "vitest";
import type { BackendName } from "../../../contracts/backend";
import { eventsOfType, freezeRun, runToEnd, temporaryFolder } from "../../host/run-under-test";
import { tinyPlan, writeTinyData } from "../../host/tiny-experiment";
import { largestDifference } from "../../unit/training-host/reference";

const lora = { rank: 2, alpha: 4, dropout: 0.1, targets: ["q_proj", "down_proj"] as const };

it.each([
  ["all parameters", null],
  ["adapters", { ...lora, targets: [...lora.targets] }],
])("trains %s to the losses that wasm arrives at", async (_, adapters) => {
  const folder = temporaryFolder();
  writeTinyData(folder);
  const run = async (backend: BackendName) => {
    const { model } = tinyPlan(folder).config;
    const plan = tinyPlan(folder, {
      mixture: { update: 3, probe: 2 },
      train: { duration: { steps: 6 }, checkpoint: { steps: 3, keep: 1 } },
      config: {
        model: { ...model, lora: adapters },
        eval: { every: 6, samples: 4 },
        launch: { kind: "local", parallel: 1, backend, threads: 1 },
      },
    });
    const runFolder = freezeRun(plan);
    const { code, output } = await runToEnd(runFolder);
    expect(code, output).toBe(0);
    return {
      start: eventsOfType(runFolder, "start")[0]!,
      losses: eventsOfType(runFolder, "step").map(({ loss }) => loss!),
      heldOut: eventsOfType(runFolder, "evaluation").map(({ reference }) => reference.loss!),
    };
  };
  const expected = await run("wasm");
  const actual = await run("webgpu");
  expect(actual.start.backend).toBe("webgpu");
  expect(largestDifference(actual.losses, expected.losses)).toBeLessThan(1e-4);
  expect(actual.heldOut.length).toBeGreaterThan(0);
  expect(largestDifference(actual.heldOut, expected.heldOut)).toBeLessThan(1e-4);
});
