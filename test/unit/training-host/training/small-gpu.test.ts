/** A GPU that opens, and has too little memory for the run: what happens shows on one that only says so. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { BackendChoice } from "../../../../contracts/backend";
import type { RunEvent } from "../../../../contracts/run-event";
import { UserError } from "../../../../contracts/user-error";
import { readEvents } from "../../../../run-folder/run-files";
import { createRunFolder } from "../../../../training-host/runs/folder";
import type { Backend } from "../../../../training-host/tensor/backend";
import { openBackend } from "../../../../training-host/tensor/backends";
import { type LadderTools, ladderTools } from "../../../../training-host/tensor/ladder/ladder";
import { Progress } from "../../../../training-host/training/progress";
import { Run } from "../../../../training-host/training/run";
import { StopRequest } from "../../../../training-host/training/stop-request";
import { tinyPlan, writeTinyData } from "../../../host/tiny-experiment";
import { temporaryFolder } from "../data/temporary-folder";

let base: string;

beforeAll(() => tf.copyRegisteredKernels("cpu", SMALL_GPU));

beforeEach(() => {
  base = temporaryFolder();
  writeTinyData(base);
});

const tooSmall = () =>
  new UserError("out-of-memory", "The GPU has no memory for 3 GiB more.", "Use a smaller batch.");

const SMALL_GPU = "small-gpu";

/** Computes as the cpu backend does, with tensors of its own, until the operation `fails`. */
async function smallGpu(fails: "headLoss" | "embed"): Promise<Backend> {
  const cpu = await openBackend("cpu");
  tf.registerBackend(SMALL_GPU, tf.findBackendFactory("cpu") as () => tf.KernelBackend);
  await tf.setBackend(SMALL_GPU);
  const refuse = () => {
    throw tooSmall();
  };
  return {
    ...cpu,
    name: "webgpu",
    detail: "a small GPU",
    operations: { ...cpu.operations, [fails]: refuse },
  };
}

/** The machine's only native backend is the GPU. */
function toolsWith(gpu: () => Promise<Backend>): LadderTools {
  const tools = ladderTools();
  const missing = { whyMissing: () => ({ detail: "It is not there.", advice: "" }) };
  return {
    ...tools,
    rungs: {
      ...tools.rungs,
      "tensorflow-gpu": { ...tools.rungs["tensorflow-gpu"], ...missing },
      webgpu: { ...tools.rungs.webgpu, isolated: false, whyMissing: () => null },
      tensorflow: { ...tools.rungs.tensorflow, ...missing },
      "wasm-blas": { ...tools.rungs["wasm-blas"], ...missing },
    },
    open: (name, threads) => (name === "webgpu" ? gpu() : openBackend(name, threads)),
  };
}

async function train(backend: BackendChoice, gpu: () => Promise<Backend>): Promise<RunEvent[]> {
  const launch = { kind: "local" as const, parallel: 1, backend, threads: 1 };
  const plan = tinyPlan(base, { config: { launch }, train: { duration: { steps: 2 } } });
  const { record, folder } = createRunFolder(plan, `${base}/runs`, new Date());
  const hooks = {
    stop: new StopRequest(),
    progress: new Progress(() => 0),
    onEvent: () => {},
    log: () => {},
  };
  const run = new Run(folder, record, { parallel: 1, anyBackend: false }, hooks, toolsWith(gpu));
  await run.go().catch((error: UserError) => run.recordFailure(error));
  return readEvents(folder).events;
}

describe("a GPU without the memory for the run", () => {
  it.each([
    ["the gradients of the largest batch", "headLoss"],
    ["the first pass", "embed"],
  ] as const)(
    "is passed over by auto when it fails at %s, before the run has begun",
    async (_what, operation) => {
      const events = await train("auto", () => smallGpu(operation));
      expect(events[0]).toMatchObject({ type: "start", backend: "wasm" });
      expect(events[0]).toHaveProperty("passedOver.1", {
        backend: "webgpu",
        reason: "The GPU has no memory for 3 GiB more.",
      });
      expect(events.at(-1)).toMatchObject({ type: "finish", step: 2 });
    },
  );

  it("gives the numbers that the next backend gives alone", async () => {
    const losses = (events: RunEvent[]) =>
      events.flatMap((event) => (event.type === "step" ? [event.loss] : []));
    const after = await train("auto", () => smallGpu("headLoss"));
    const alone = await train("wasm", () => smallGpu("headLoss"));
    expect(losses(after)).toHaveLength(2);
    expect(losses(after)).toEqual(losses(alone));
  });

  it("fails the run when it is named", async () => {
    const events = await train("webgpu", () => smallGpu("headLoss"));
    expect(events.at(-1)).toMatchObject({
      type: "failure",
      message: "The GPU has no memory for 3 GiB more.",
      advice: "Use a smaller batch.",
    });
  });
});
