import * as fs from "node:fs";
import * as path from "node:path";
import { expect, test } from "vitest";
import type { RunEventOf } from "../../../../contracts/run-event";
import { runFolderLayout } from "../../../../contracts/run-folder";
import { readEvents, readLastEvent } from "../../../../run-folder/run-files";
import { explainUnexplainedEnd, recordCancellation } from "../../../../training-host/launch/unexplained-end";
import { EventLog } from "../../../../training-host/runs/event-log";
import { sampleRun } from "../../run-folder/sample-run";
import { temporaryFolder } from "../../run-folder/temporary-folder";

function runWithLog(text: string): string {
  const run = temporaryFolder();
  fs.writeFileSync(path.join(run, runFolderLayout.log), text);
  const log = EventLog.open(run, "start");
  log.append({ type: "checkpoint", step: 40, path: "checkpoints/step-40" });
  log.close();
  return run;
}

test("a host that the JavaScript engine aborted for want of memory gets its failure recorded", () => {
  const run = runWithLog(
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n",
  );
  explainUnexplainedEnd(run, { code: null, signal: "SIGABRT" });
  expect(readLastEvent(run)).toMatchObject({
    type: "failure",
    seq: 1,
    step: 40,
    message: "The training host ran out of memory and was aborted.",
  });
});

test.each([
  [{ code: 1, signal: null }, "with exit code 1"],
  [{ code: null, signal: "SIGSEGV" }, "SIGSEGV"],
  [{ code: null, signal: null }, "before it began"],
] as const)("an end that nobody foresaw, %j, is recorded with the place to look", (exit, how) => {
  const run = runWithLog("Error: Cannot find module\n");
  explainUnexplainedEnd(run, exit);
  expect(readLastEvent(run)).toMatchObject({
    type: "failure",
    message: `The training host ended unexpectedly (${how}).`,
    advice: expect.stringContaining("host.log"),
  });
});

test.each([
  ["wasm-blas", "SIGILL", "The training host ended unexpectedly (SIGILL), computing by wasm-blas.", true],
  ["wasm", "SIGSEGV", "The training host ended unexpectedly (SIGSEGV).", false],
] as const)(
  "a crash of %s: another backend is named where a library may be at fault",
  (backend, signal, message, named) => {
    const run = temporaryFolder();
    const [start] = sampleRun().events;
    const record = { ...start, backend };
    fs.writeFileSync(path.join(run, runFolderLayout.events), `${JSON.stringify(record)}\n`);
    explainUnexplainedEnd(run, { code: null, signal });
    const failure = readLastEvent(run) as RunEventOf<"failure">;
    expect(failure.message).toBe(message);
    expect(failure.advice.includes("launch.backend=wasm")).toBe(named);
  },
);

test.each([
  { code: 0, signal: null },
  { code: 3, signal: null },
  { code: 75, signal: null },
  { code: null, signal: "SIGKILL" },
  { code: null, signal: "SIGTERM" },
] as const)("%j needs no explanation: what the run's own records say counts", (exit) => {
  const run = runWithLog("training\n");
  explainUnexplainedEnd(run, exit);
  expect(readEvents(run).events).toHaveLength(1);
});

test("the host's own failure is not followed by a second one", () => {
  const run = runWithLog("heap out of memory\n");
  const log = EventLog.open(run, { throughStep: 100 });
  log.append({ type: "failure", step: 41, message: "No.", advice: "" });
  log.close();
  explainUnexplainedEnd(run, { code: 1, signal: null });
  expect(readEvents(run).events).toHaveLength(2);
});

test("a run that was cancelled while it waited counts as stopped where it was", () => {
  const run = runWithLog("");
  recordCancellation(run);
  expect(readLastEvent(run)).toMatchObject({ type: "stop", step: 40 });
});
