/** A whole run on WebGPU: the built host with its scorer, probes, checkpoints and held-out losses, beside one on wasm. */
import { expect, it } from "vitest";
import type { BackendName } from "../../../contracts/backend";
import { eventsOfType, freezeRun, runToEnd, temporaryFolder } from "../../host/run-under-test";
import { tinyPlan, writeTinyData } from "../../host/tiny-experiment";
import { largestDifference } from "../../unit/training-host/reference";

/** Rewards that need losses and pooled hidden states. */
const reward = {
  difficulty: { weight: 1, tokens: "response", outliers: "winsorise" },
  transferability: { weight: 1 },
} as const;

it.each([
  { what: "all parameters", lora: null, activations: "keep" as const },
  {
    what: "adapters, with activations computed again",
    lora: { rank: 2, alpha: 4, dropout: 0.1, targets: ["q_proj" as const, "down_proj" as const], from: null },
    activations: "recompute" as const,
  },
])("trains $what to the losses and probabilities that wasm arrives at", async ({ lora, activations }) => {
  const folder = temporaryFolder();
  writeTinyData(folder);
  const run = async (backend: BackendName) => {
    const { model } = tinyPlan(folder).config;
    const plan = tinyPlan(folder, {
      mixture: { update: 2, probe: 2, reward },
      train: { duration: { steps: 4 }, checkpoint: { steps: 2, keep: 1 }, activations },
      config: {
        model: { ...model, lora },
        eval: { every: 4, samples: 2 },
        launch: { kind: "local", parallel: 1, backend, threads: 1 },
      },
    });
    const runFolder = freezeRun(plan);
    const { code, output } = await runToEnd(runFolder);
    expect(code, output).toBe(0);
    return {
      start: eventsOfType(runFolder, "start")[0]!,
      losses: eventsOfType(runFolder, "step").map(({ loss }) => loss!),
      probabilities: eventsOfType(runFolder, "update").flatMap(({ p }) => Object.values(p)),
      heldOut: eventsOfType(runFolder, "evaluation").map(({ reference }) => reference.loss!),
    };
  };
  const expected = await run("wasm");
  const actual = await run("webgpu");
  expect(actual.start.backend).toBe("webgpu");
  expect(largestDifference(actual.losses, expected.losses)).toBeLessThan(1e-4);
  expect(actual.probabilities.length).toBeGreaterThan(0);
  expect(largestDifference(actual.probabilities, expected.probabilities)).toBeLessThan(1e-4);
  expect(actual.heldOut.length).toBeGreaterThan(0);
  expect(largestDifference(actual.heldOut, expected.heldOut)).toBeLessThan(1e-4);
});
