import { describe, expect, it } from "vitest";
import type { BackendChoice } from "../../../../contracts/backend";
import type { RunEvent } from "../../../../contracts/run-event";
import {
  changeSince,
  dataThreads,
  plannedComputing,
  recordedComputing,
  resumedComputing,
} from "../../../../training-host/training/computing";
import { sampleRun } from "../../run-folder/sample-run";

const launch = (threads: number | null, backend: BackendChoice = "auto") => ({
  kind: "local" as const,
  parallel: 1,
  backend,
  threads,
});
const host = (parallel: number) => ({ parallel, anyBackend: false });

describe("threads that read the data", () => {
  it.each([
    // cores, runs at the same time, threads of the plan, threads
    [8, 1, null, 8],
    [8, 3, null, 2],
    [2, 5, null, 1],
    [8, 1, 3, 3],
    // Resumed on a machine with fewer.
    [2, 1, 3, 2],
  ])("of %i cores among %i runs, with %s in the plan: %i", (cores, parallel, threads, expected) => {
    expect(dataThreads(launch(threads), host(parallel), cores)).toBe(expected);
  });
});

describe("threads of a plan", () => {
  it.each([
    // cores, runs at the same time, threads of each
    [2, 1, 2],
    [2, 2, 1],
    [8, 3, 2],
    [8, 1, 8],
    [1, 1, 1],
    [2, 5, 1],
  ])("auto: of %i cores among %i runs, each has %i", (cores, parallel, threads) => {
    expect(plannedComputing(launch(null), host(parallel), cores)).toEqual({ choice: "auto", threads });
  });

  it("are as many as are asked for, whatever runs beside", () => {
    expect(plannedComputing(launch(4, "wasm"), host(3), 4)).toEqual({ choice: "wasm", threads: 4 });
  });

  it("are never more than there are cores", () => {
    expect(() => plannedComputing(launch(8), host(1), 2)).toThrowError(
      expect.objectContaining({
        reason: "bad-plan",
        message: "The plan asks for 8 threads (launch.threads), and this machine has 2 cores.",
        advice: "Write `threads=auto`, or a number up to 2.",
      }),
    );
    expect(() => plannedComputing(launch(2), host(1), 1)).toThrow("this machine has 1 core.");
  });
});

describe("a run that is resumed", () => {
  it("computes by what it computed by last", () => {
    const { events } = sampleRun({ done: 9, resumedAt: 5 });
    const changed = events.map(
      (event): RunEvent => (event.type === "resume" ? { ...event, backend: "wasm-blas", threads: 4 } : event),
    );
    expect(recordedComputing(events)).toMatchObject({ backend: "wasm", threads: 2 });
    expect(recordedComputing(changed)).toMatchObject({ backend: "wasm-blas", threads: 4 });
    expect(recordedComputing([])).toBeNull();
    expect(resumedComputing({ backend: "wasm-blas", threads: 4 }, 8)).toEqual({
      choice: "wasm-blas",
      threads: 4,
    });
  });

  it("takes the cores that there are where the results do not depend on them", () => {
    expect(resumedComputing({ backend: "wasm", threads: 8 }, 2)).toEqual({ choice: "wasm", threads: 2 });
  });

  it.each(["wasm-blas", "tensorflow"])("refuses to change the numbers in silence: %s", (backend) => {
    expect(() => resumedComputing({ backend, threads: 8 }, 2)).toThrowError(
      expect.objectContaining({
        reason: "run-changed",
        message: expect.stringContaining(`8 threads of ${backend}, and this machine has 2 cores`),
        advice: expect.stringContaining("mos resume RUN --any-backend"),
      }),
    );
  });

  it("refuses a backend of another version", () => {
    expect(() => resumedComputing({ backend: "quantum", threads: 1 }, 2)).toThrow('"quantum"');
  });
});

describe("what has changed since", () => {
  const before = { backend: "wasm", detail: "own wasm kernels, SIMD", threads: 2 };

  it("is nothing when all is the same", () => {
    expect(changeSince(before, { name: "wasm", detail: "own wasm kernels, SIMD", threads: 2 })).toBeNull();
  });

  it("is told, with what it does to the numbers", () => {
    expect(changeSince(before, { name: "wasm", detail: "own wasm kernels, SIMD", threads: 1 })).toBe(
      "From here on the run is computed by wasm on 1 thread (own wasm kernels, SIMD); before, it was wasm on 2 threads (own wasm kernels, SIMD).",
    );
    for (const now of [
      { name: "wasm" as const, detail: "own wasm kernels, relaxed SIMD", threads: 2 },
      { name: "cpu" as const, detail: "own wasm kernels, SIMD", threads: 2 },
    ])
      expect(changeSince(before, now)).toMatch(/can differ a little/);
  });
});
