import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { UserError } from "../../../../contracts/user-error";
import { RunLock } from "../../../../training-host/runs/lock";
import { temporaryFolder } from "../../run-folder/temporary-folder";

const root = path.resolve(import.meta.dirname, "../../../..");

test("is held by one at a time, and free again when it is released", () => {
  const run = temporaryFolder();
  const lock = RunLock.acquire(run);
  expect(() => RunLock.acquire(run)).toThrow(UserError);
  expect(() => RunLock.acquire(run)).toThrow(`is held by process ${process.pid}`);
  lock.beat();
  lock.release();
  RunLock.acquire(run).release();
});

test("of a process that is gone is taken over", () => {
  const run = temporaryFolder();
  fs.mkdirSync(path.join(run, "lock"));
  const owner = { pid: process.pid, processStart: "long ago" };
  fs.writeFileSync(path.join(run, "lock", "4.json"), JSON.stringify({ ...owner, host: os.hostname() }));
  const lock = RunLock.acquire(run);
  expect(() => RunLock.acquire(run)).toThrow(`is held by process ${process.pid}`);
  lock.release();
});

test("of a process on another machine counts while its heartbeat is recent", () => {
  const run = temporaryFolder();
  fs.mkdirSync(path.join(run, "lock"));
  const file = path.join(run, "lock", "1.json");
  fs.writeFileSync(file, JSON.stringify({ pid: 1, processStart: "1", host: "another-machine" }));
  expect(() => RunLock.acquire(run)).toThrow("process 1 on another-machine");
  const longAgo = Date.now() / 1000 - 3600;
  fs.utimesSync(file, longAgo, longAgo);
  RunLock.acquire(run).release();
});

test("a folder that cannot be written says so", () => {
  const file = path.join(temporaryFolder(), "a-file");
  fs.writeFileSync(file, "");
  expect(() => RunLock.acquire(file)).toThrow(expect.objectContaining({ reason: "folder-unwritable" }));
});

test("many processes that take a dead owner's lock over and over never hold it together", async () => {
  const run = temporaryFolder();
  const script = path.join(run, "contender.js");
  // Each holder makes a file that only one process can make, looks again, and removes it.
  const contents = `
    import * as fs from "node:fs";
    import { RunLock } from "./training-host/runs/lock";
    const [run, witness] = process.argv.slice(2);
    let held = 0;
    for (let attempt = 0; attempt < 300; attempt++) {
      let lock;
      try { lock = RunLock.acquire(run); } catch (error) { if (error.reason !== "run-held") throw error; continue; }
      fs.writeFileSync(witness, "", { flag: "wx" });
      held++;
      fs.rmSync(witness);
      lock.release();
    }
    console.log(held);
  `;
  await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    bundle: true,
    platform: "node",
    outfile: script,
    logLevel: "error",
  });
  const ends = await Promise.all([0, 1, 2, 3].map(() => runScript(script, [run, path.join(run, "witness")])));
  expect(ends.map(({ code, errors }) => ({ code, errors }))).toEqual(
    ends.map(() => ({ code: 0, errors: "" })),
  );
  expect(ends.reduce((sum, { output }) => sum + Number(output), 0)).toBeGreaterThan(100);
});

function runScript(
  script: string,
  args: string[],
): Promise<{ code: number | null; output: string; errors: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (errors += chunk));
    child.once("close", (code) => resolve({ code, output, errors }));
  });
}
