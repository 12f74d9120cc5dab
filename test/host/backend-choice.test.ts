/** What computes a run, on machines with libraries that crash, hang or are not there: real hosts, real libraries. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BackendChoice } from "../../contracts/backend";
import type { Plan } from "../../contracts/plan";
import type { RunEventOf } from "../../contracts/run-event";
import { runFolderLayout } from "../../contracts/run-folder";
import { hostExitCodes } from "../../training-host/runs/exit-codes";
import {
  eventsOf,
  eventsOfType,
  freezeRun,
  runToEnd,
  startHost,
  temporaryFolder,
  until,
} from "./run-under-test";
import { tinyPlan, writeTinyData } from "./tiny-experiment";

let base: string;
/** Nothing native is installed here, and nothing is remembered. */
let bare: NodeJS.ProcessEnv;

beforeAll(() => {
  base = temporaryFolder(afterAll);
  writeTinyData(base);
  const nothing = path.join(base, "nothing");
  bare = {
    MOS_BLAS: path.join(nothing, "libopenblas.so"),
    MOS_TENSORFLOW: nothing,
    XDG_DATA_HOME: nothing,
    MOS_WEBGPU_ADAPTER: "no such adapter",
    MOS_CACHE: path.join(base, "cache"),
  };
});

function planFor(backend: BackendChoice, threads: number | null = null, steps = 2): Plan {
  const launch = { kind: "local" as const, parallel: 1, backend, threads };
  return tinyPlan(base, { config: { launch }, train: { duration: { steps } } });
}

function start(run: string): RunEventOf<"start"> {
  return eventsOfType(run, "start")[0]!;
}

async function expectFailure(run: string, environment: NodeJS.ProcessEnv, args: readonly string[] = []) {
  const end = await runToEnd(run, { args, environment });
  expect(end.code, end.output).toBe(hostExitCodes.failed);
  const [failure] = eventsOfType(run, "failure");
  expect(eventsOf(run).filter(({ type }) => type === "step" || type === "resume")).toEqual([]);
  return failure!;
}

const compiler = ["cc", "gcc", "clang"].find((name) => spawnSync(name, ["--version"]).status === 0);

/** A shared library whose constructor runs `body`. */
function compile(name: string, body: string): string {
  const source = path.join(base, `${name}.c`);
  const library = path.join(base, `lib${name}.so`);
  const includes = ["stdio", "stdlib", "unistd"].map((header) => `#include <${header}.h>`).join("\n");
  fs.writeFileSync(source, `${includes}\n__attribute__((constructor)) static void load(void) { ${body} }\n`);
  const { status, stderr } = spawnSync(compiler!, ["-shared", "-fPIC", "-o", library, source], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return library;
}

describe("a library that does not do", () => {
  test.runIf(compiler)("crashes: auto goes on, once for all; named, the run fails", async () => {
    const count = path.join(base, "loads");
    const body = `FILE *f = fopen("${count}", "a"); fputc('x', f); fclose(f); puts("garbage"); fflush(stdout); abort();`;
    const environment = { ...bare, MOS_BLAS: compile("crashing", body) };
    for (let attempt = 0; attempt < 2; attempt++) {
      const run = freezeRun(planFor("auto"));
      const end = await runToEnd(run, { environment });
      expect(end.code, end.output).toBe(hostExitCodes.finished);
      expect(start(run).backend).toBe("wasm");
      const { reason } = start(run).passedOver.find(({ backend }) => backend === "wasm-blas")!;
      expect(reason).toMatch(/^The process that tried it was ended by SIGABRT/);
      expect(end.output).toContain(`passing over the backend wasm-blas: ${reason}`);
    }
    expect(fs.readFileSync(count, "utf8")).toBe("x");
    const failure = await expectFailure(freezeRun(planFor("wasm-blas")), environment);
    expect(failure.message).toMatch(/was ended by SIGABRT/);
    expect(failure.advice).toMatch(/MOS_BLAS/);
    // Named, it is tried again: somebody may have repaired what it needs.
    expect(fs.readFileSync(count, "utf8")).toBe("xx");
  });

  test.runIf(compiler)("hangs", async () => {
    const environment = {
      ...bare,
      MOS_BLAS: compile("hanging", "for (;;) pause();"),
      MOS_PROBE_SECONDS: "1",
    };
    const failure = await expectFailure(freezeRun(planFor("wasm-blas")), environment);
    expect(failure.message).toBe(
      "The plan names the backend wasm-blas, which does not work here: The process that tried it gave no answer within 1 s.",
    );
  });

  test.runIf(compiler)("is none of BLAS", async () => {
    const failure = await expectFailure(freezeRun(planFor("wasm-blas")), {
      ...bare,
      MOS_BLAS: compile("other", ""),
    });
    expect(failure.message).toMatch(/libother\.so is none of OpenBLAS/);
    expect(failure.advice).toMatch(/MOS_BLAS/);
  });

  test("is no library at all", async () => {
    const library = path.join(base, "text.so");
    fs.writeFileSync(library, "a text\n");
    const failure = await expectFailure(freezeRun(planFor("wasm-blas")), { ...bare, MOS_BLAS: library });
    expect(failure.message).toContain("text.so");
    expect(failure.advice).toMatch(/MOS_BLAS/);
  });
});

describe("a backend that is named and not there", () => {
  test.each([
    ["tensorflow-gpu", /tfjs-node-gpu.* is not installed/, /mos install tensorflow --gpu/],
    ["webgpu", /"no such adapter"|WebGPU library/, /./],
    ["tensorflow", /tfjs-node.* is not installed/, /mos install tensorflow/],
    ["wasm-blas", /There is no BLAS library .*nothing/, /MOS_BLAS/],
  ] as const)("fails, and becomes no other: %s", async (backend, message, advice) => {
    const failure = await expectFailure(freezeRun(planFor(backend)), bare);
    expect(failure.message).toMatch(message);
    expect(failure.message).toContain(`names the backend ${backend}`);
    expect(failure.advice).toMatch(advice);
    expect(failure.advice).toContain("backend=auto");
  });

  test("auto passes over each with its reason, and computes", async () => {
    const run = freezeRun(planFor("auto"));
    const end = await runToEnd(run, { environment: bare });
    expect(end.code, end.output).toBe(hostExitCodes.finished);
    expect(start(run)).toMatchObject({
      version: 2,
      backend: "wasm",
      detail: expect.stringMatching(/wasm kernels/),
    });
    expect(start(run).passedOver.map(({ backend }) => backend)).toEqual([
      "tensorflow-gpu",
      "webgpu",
      "wasm-blas",
      "tensorflow",
    ]);
    expect(eventsOfType(run, "finish")[0]!.peakMemory).toBeGreaterThan(2 ** 24);
  });
});

describe("threads", () => {
  const cores = os.availableParallelism();

  test("more than there are cores: the run does not start", async () => {
    const failure = await expectFailure(freezeRun(planFor("wasm", cores + 1)), bare);
    expect(failure.message).toContain(`asks for ${cores + 1} threads`);
    expect(failure.advice).toContain("threads=auto");
  });

  test.each([
    ["alone: all cores", null, [], cores],
    ["beside more runs than cores: one", null, ["--parallel", String(cores + 1)], 1],
    ["as the plan says", 1, [], 1],
  ] as const)("%s", async (_what, threads, args, expected) => {
    const run = freezeRun(planFor("wasm", threads, 1));
    expect((await runToEnd(run, { args, environment: bare })).code).toBe(hostExitCodes.finished);
    expect(start(run).threads).toBe(expected);
  });
});

describe("a run that is resumed", () => {
  const STEPS = 400;

  /** Stopped after its first checkpoint; `change` then rewrites its first record. */
  async function stopped(change: (record: Record<string, unknown>) => void = () => {}): Promise<string> {
    const run = freezeRun(planFor("auto", null, STEPS));
    const host = startHost(run, { environment: bare });
    await until(() => eventsOfType(run, "checkpoint").length > 0 || host.process.exitCode !== null);
    host.process.kill("SIGTERM");
    expect((await host.ended).code).toBe(hostExitCodes.stopped);
    const file = path.join(run, runFolderLayout.events);
    const [first, ...rest] = fs.readFileSync(file, "utf8").split("\n");
    const record = JSON.parse(first!) as Record<string, unknown>;
    change(record);
    fs.writeFileSync(file, [JSON.stringify(record), ...rest].join("\n"));
    return run;
  }

  /** Lets it go on for a moment. */
  async function resume(run: string, environment: NodeJS.ProcessEnv, args: readonly string[] = []) {
    const host = startHost(run, { args, environment });
    await until(() => eventsOfType(run, "resume").length > 0 || host.process.exitCode !== null);
    host.process.kill("SIGTERM");
    const { output } = await host.ended;
    const [record] = eventsOfType(run, "resume");
    expect(record, output).toBeDefined();
    return record!;
  }

  test("goes on by what it began with, although better is to be had by now", async () => {
    const run = await stopped();
    const { MOS_BLAS: _none, ...withBlas } = bare;
    expect(await resume(run, withBlas)).toMatchObject({
      backend: "wasm",
      threads: os.availableParallelism(),
    });
    expect(eventsOfType(run, "alert").filter(({ kind }) => kind === "other-backend")).toEqual([]);
  });

  test("of a version that recorded less, goes on by the one thread that it had", async () => {
    const run = await stopped((record) => {
      record.version = 1;
      record.backend = `wasm (${record.detail})`;
      for (const name of ["detail", "threads", "passedOver"]) delete record[name];
    });
    expect(await resume(run, bare)).toMatchObject({ backend: "wasm", threads: 1 });
  });

  test("fails when that is gone, unless any backend will do", async () => {
    const run = await stopped((record) => {
      record.backend = "wasm-blas";
    });
    const failure = await expectFailureOf(run);
    expect(failure.message).toMatch(
      /computed by wasm-blas, which does not work here any more: There is no BLAS/,
    );
    expect(failure.advice).toMatch(/mos resume RUN --any-backend/);
    expect(await resume(run, bare, ["--any-backend"])).toMatchObject({ backend: "wasm" });
    expect(eventsOfType(run, "alert")).toContainEqual(
      expect.objectContaining({ kind: "other-backend", message: expect.stringMatching(/wasm-blas/) }),
    );
  });

  test("fails when the cores are gone that its numbers depend on", async () => {
    const run = await stopped((record) => {
      record.backend = "wasm-blas";
      record.threads = 4096;
    });
    expect((await expectFailureOf(run)).message).toMatch(/4096 threads of wasm-blas, and this machine has/);
  });

  async function expectFailureOf(run: string) {
    expect((await runToEnd(run, { environment: bare })).code).toBe(hostExitCodes.failed);
    expect(eventsOfType(run, "resume")).toEqual([]);
    return eventsOfType(run, "failure").at(-1)!;
  }
});
