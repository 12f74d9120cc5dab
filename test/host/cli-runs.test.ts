/** `mos run`, `resume`, `stop` and `attach` with real launchers and hosts. */
import * as fs from "node:fs";
import * as path from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { isAlive } from "../../run-folder/process-identity";
import { readDiscovery } from "../../run-folder/run-files";
import { runStatus } from "../../run-folder/run-status";
import { parseJson, showJson } from "./cli-schemas";
import { mos, startMos } from "./mos-command";
import { temporaryFolder, until } from "./run-under-test";
import { writeTinyData } from "./tiny-experiment";
import { tinyMos } from "./tiny-mos";

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  writeTinyData(folder);
  fs.writeFileSync(path.join(folder, "tiny.mos"), tinyMos);
  onTestFinished(killHosts);
});

/** Long enough that nothing ends before a test has done with it. */
const long = ["--set", "train.steps=200000", "--set", "eval.every=200000"];

function runFolders(): string[] {
  const directory = path.join(folder, ".mos/runs");
  return fs.existsSync(directory)
    ? fs
        .readdirSync(directory)
        .sort()
        .map((name) => path.join(directory, name))
    : [];
}

function killHosts(): void {
  for (const run of runFolders()) {
    const host = readDiscovery(run);
    if (host !== null && isAlive(host)) process.kill(host.pid, "SIGKILL");
  }
}

async function theRunThatTrains(): Promise<string> {
  await until(() => runFolders().some((run) => runStatus(run) === "running"));
  return runFolders().find((run) => runStatus(run) === "running")!;
}

describe("run", () => {
  test("trains everything, says how it goes, and ends with the comparison", async () => {
    const { code, stdout, stderr } = await mos(["run", "tiny.mos", "--parallel", "2"], folder);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^tiny: step 30\/30 held-out \d/m);
    expect(stdout).toMatch(/^tiny: step 10\/30 p sums=0\.\d+ echoes=0\.\d+$/m);
    expect(stdout).toMatch(/^tiny\/uniform: finished after/m);
    expect(stdout).toMatch(/^held-out loss +mean +sums +echoes +speed-up +time$/m);
    expect(stdout).toMatch(/^tiny\/uniform +[\d.]+ +[\d.]+ +[\d.]+ +baseline/m);
    for (const run of runFolders()) {
      expect(stdout).toContain(path.basename(run));
      expect(runStatus(run)).toBe("finished");
      const shown = parseJson(showJson, (await mos(["show", run, "--json"], "/")).stdout);
      expect(shown.datasets.reduce((sum, { drawn }) => sum + drawn, 0)).toBe(30 * 4);
    }
  });

  test("--json: one object per line, the comparison last", async () => {
    const { code, stdout } = await mos(["run", "tiny.mos", "--parallel", "2", "--json"], folder);
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string });
    expect(new Set(lines.map(({ type }) => type))).toEqual(
      new Set(["run", "event", "status", "progress", "comparison"]),
    );
    expect(lines.at(-1)!.type).toBe("comparison");
    const seqs = lines.flatMap((line) =>
      line.type === "event" && (line as never as { runId: string }).runId.includes("uniform")
        ? [(line as never as { event: { seq: number } }).event.seq]
        : [],
    );
    expect(seqs).toEqual(seqs.map((_, index) => index));
  });

  test("broken data: file, line and exit code 1, before anything is begun", async () => {
    fs.appendFileSync(path.join(folder, "sums.jsonl"), '{"prompt": "what\n');
    fs.rmSync(path.join(folder, "echoes.dev.jsonl"));
    const { code, stderr } = await mos(["run", "tiny.mos"], folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: tiny\.mos:\d+: .*sums\.jsonl.*61/m);
    expect(stderr).toMatch(/^error: tiny\.mos:\d+: .*echoes\.dev\.jsonl.*does not exist/m);
    expect(runFolders()).toEqual([]);
  });

  test("broken data that only the host reads: file, line and exit code 3, no stack", async () => {
    const row = `${JSON.stringify({ prompt: "what is 1 plus 1 ?", answer: "2" })}\n`;
    fs.writeFileSync(path.join(folder, "sums.jsonl"), `${row.repeat(30_000)}{"prompt": "what\n`);
    const { code, stdout, stderr } = await mos(["run", "tiny.mos", "tiny/"], folder);
    expect(code).toBe(3);
    expect(stdout + stderr).toMatch(/sums\.jsonl.*30001/);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test("an error in the file: exit code 1, and nothing is begun", async () => {
    fs.writeFileSync(path.join(folder, "tiny.mos"), tinyMos.replace("length 64", "lenght 64"));
    const { code, stderr } = await mos(["run", "tiny.mos"], folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^tiny\.mos:\d+:\d+: error:/m);
    expect(runFolders()).toEqual([]);
  });

  test("a runs folder that cannot be made: a sentence", async () => {
    const { code, stderr } = await mos(["run", "tiny.mos", "--runs", "tiny.mos/runs"], folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .*tiny\.mos/m);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test("Ctrl-C stops the runs with a checkpoint, takes waiting ones out of the queue, and says how to go on", async () => {
    const started = startMos(["run", "tiny.mos", "--parallel", "1", ...long], folder);
    const run = await theRunThatTrains();
    await until(() => started.printed().includes(" p sums="));
    started.process.kill("SIGINT");
    const { code, stderr } = await started.finished;
    expect(code, stderr).toBe(130);
    expect(runStatus(run)).toBe("stopped");
    expect(stderr).toContain(`mos resume ${path.basename(run)}`);
    await until(() => runFolders().every((one) => ["stopped", "interrupted"].includes(runStatus(one))));
    expect(fs.readdirSync(path.join(run, "checkpoints"))).not.toEqual([]);
  });

  test("a host that is killed: exit code 75", async () => {
    const started = startMos(["run", "tiny.mos", "tiny/", ...long], folder);
    const run = await theRunThatTrains();
    process.kill(readDiscovery(run)!.pid, "SIGKILL");
    const { code, stderr } = await started.finished;
    expect(code, stderr).toBe(75);
    expect(stderr).toContain("interrupted");
    expect(stderr).toContain("mos resume");
  });
});

describe("a detached run", () => {
  test("goes on by itself; attach follows and leaves it; stop stops it; resume finishes it", async () => {
    const steps = ["--set", "train.steps=2000", "--set", "eval.every=2000"];
    const detached = await mos(["run", "tiny.mos", "tiny/", "--detach", ...steps], folder);
    expect(detached.code, detached.stderr).toBe(0);
    const run = await theRunThatTrains();
    const id = path.basename(run);
    expect(detached.stdout).toContain(id);

    const attached = startMos(["attach", id], folder);
    await until(() => attached.printed().includes("tiny: started"));
    attached.process.kill("SIGINT");
    expect((await attached.finished).code).toBe(130);
    expect(runStatus(run)).toBe("running");

    const stopped = await mos(["stop", id], folder);
    expect(stopped.code, stopped.stderr).toBe(0);
    expect(stopped.stdout).toMatch(/stopped at step \d+\/2000/);
    expect(runStatus(run)).toBe("stopped");
    const followed = await mos(["attach", id], folder);
    expect(followed.code).toBe(75);

    const resumed = await mos(["resume", id], folder);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stdout).toMatch(/^tiny: resumed at step \d+, backend \S+, \d+ threads? \(.*\)$/m);
    expect(runStatus(run)).toBe("finished");
  }, 180_000);
});
