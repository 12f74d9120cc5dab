/** The launcher: freezes, answers, lets go of its client, and works off the queue. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { text } from "node:stream/consumers";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LaunchReply, launchReplySchema } from "../../contracts/launch-protocol";
import { runFolderLayout } from "../../contracts/run-folder";
import { isAlive } from "../../run-folder/process-identity";
import { readDiscovery, readEvents, readLauncher } from "../../run-folder/run-files";
import { runStatus } from "../../run-folder/run-status";
import { requestStop } from "../../run-folder/stop-run";
import { eventsOf, eventsOfType, launchScript, temporaryFolder, until } from "./run-under-test";
import { tinyPlan, writeTinyData } from "./tiny-experiment";

let base: string;
let runsDirectory: string;

beforeAll(() => {
  base = temporaryFolder(afterAll);
  runsDirectory = path.join(base, "runs");
  writeTinyData(base);
});

/** Whatever a test left running; the launchers end with their hosts. */
afterAll(async () => {
  for (const folder of launched) {
    const host = readDiscovery(folder);
    if (host !== null && isAlive(host)) process.kill(host.pid, "SIGKILL");
  }
});

const launched: string[] = [];

async function launch(
  request: unknown,
): Promise<{ reply: LaunchReply; pid: number; ended: Promise<number | null> }> {
  const launcher = spawn(process.execPath, [launchScript], {
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => launcher.once("exit", resolve));
  launcher.stdin.end(typeof request === "string" ? request : JSON.stringify(request));
  // Reads to the end of the stream: the launcher must close it although it lives on.
  const reply = v.parse(v.pipe(v.string(), v.parseJson(), launchReplySchema), await text(launcher.stdout));
  if (reply.ok) launched.push(...reply.runs.map(({ folder }) => folder));
  return { reply, pid: launcher.pid!, ended };
}

function foldersOf(reply: LaunchReply): string[] {
  if (!reply.ok) throw new Error(reply.message);
  return reply.runs.map(({ folder }) => folder);
}

function shortPlans(count: number) {
  return Array.from({ length: count }, (_, index) =>
    tinyPlan(base, { config: { seed: index }, train: { duration: { steps: 4 } } }, `short-${index}`),
  );
}

describe("the queue", () => {
  test("freezes all runs at once, starts two at a time, and ends when they have", async () => {
    const plans = shortPlans(3);
    const { reply, ended } = await launch({ kind: "run", plans, runsDirectory, parallel: 2 });
    const folders = foldersOf(reply);
    expect(folders).toHaveLength(3);
    expect(folders.map((folder) => path.basename(folder).replace(/^\d{8}-\d{6}-/, ""))).toEqual(
      plans.map(({ id }) => id),
    );
    let mostAtOnce = 0;
    await until(() => {
      const statuses = folders.map((folder) => runStatus(folder));
      mostAtOnce = Math.max(mostAtOnce, statuses.filter((status) => status === "running").length);
      return statuses.every((status) => status === "finished");
    });
    expect(mostAtOnce).toBeLessThanOrEqual(2);
    expect(await ended).toBe(0);
    for (const folder of folders) {
      expect(readLauncher(folder)).toBeNull();
      expect(fs.readFileSync(path.join(folder, runFolderLayout.log), "utf8")).toContain("finished");
    }
    const [first, second, third] = folders.map((folder) => readEvents(folder).events);
    const firstEnd = [first!.at(-1)!.time, second!.at(-1)!.time].sort()[0]!;
    expect(third![0]!.time >= firstEnd).toBe(true);
    // Also the third, which ran alone: runs that are compared compute alike.
    const share = Math.max(1, Math.floor(os.availableParallelism() / 2));
    expect(folders.map((folder) => eventsOfType(folder, "start")[0]!.threads)).toEqual([share, share, share]);
  });

  test("gives all cores to a run that is alone, whatever could have run beside it", async () => {
    const { reply, ended } = await launch({ kind: "run", plans: shortPlans(1), runsDirectory, parallel: 64 });
    expect(await ended).toBe(0);
    const [start] = eventsOfType(foldersOf(reply)[0]!, "start");
    expect(start!.threads).toBe(os.availableParallelism());
  });

  test("gives every run an id of its own", async () => {
    const [plan] = shortPlans(1);
    const { reply, ended } = await launch({ kind: "run", plans: [plan, plan], runsDirectory, parallel: 2 });
    expect(new Set(foldersOf(reply)).size).toBe(2);
    await ended;
  });

  test("goes on after a host that was killed and one that failed", async () => {
    const killed = tinyPlan(base, { train: { duration: { steps: 1_000_000 } } }, "killed");
    const failed = tinyPlan(
      base,
      { config: { model: { ...killed.config.model, path: "none", scratch: null } } },
      "failed",
    );
    const plans = [killed, failed, ...shortPlans(1)];
    const { reply, ended } = await launch({ kind: "run", plans, runsDirectory, parallel: 1 });
    const folders = foldersOf(reply);
    await until(() => eventsOf(folders[0]!).some(({ type }) => type === "step"));
    expect(folders.map((folder) => runStatus(folder))).toEqual(["running", "queued", "queued"]);
    process.kill(readDiscovery(folders[0]!)!.pid, "SIGKILL");
    expect(await ended).toBe(0);
    expect(folders.map((folder) => runStatus(folder))).toEqual(["interrupted", "failed", "finished"]);
  });

  test("lets a waiting run be cancelled", async () => {
    const long = tinyPlan(base, { train: { duration: { steps: 1_000_000 } } }, "long");
    const { reply, ended } = await launch({
      kind: "run",
      plans: [long, ...shortPlans(1)],
      runsDirectory,
      parallel: 1,
    });
    const [running, waiting] = foldersOf(reply) as [string, string];
    await until(() => runStatus(running) === "running" && eventsOf(running).length > 0);
    expect(await requestStop(waiting, "a test")).toBe("queue-left");
    await until(() => runStatus(waiting) === "stopped");
    expect(runStatus(running)).toBe("running");
    await requestStop(running, "a test");
    expect(await ended).toBe(0);
    expect(runStatus(waiting)).toBe("stopped");
  });

  test("leaves a live host alone when the launcher itself is killed, and shows the waiting runs as interrupted", async () => {
    const long = tinyPlan(base, { train: { duration: { steps: 1_000_000 } } }, "orphan");
    const { reply, pid, ended } = await launch({
      kind: "run",
      plans: [long, ...shortPlans(1)],
      runsDirectory,
      parallel: 1,
    });
    const [running, waiting] = foldersOf(reply) as [string, string];
    await until(() => runStatus(running) === "running" && eventsOf(running).length > 0);
    process.kill(pid, "SIGKILL");
    await ended;
    expect(runStatus(waiting)).toBe("interrupted");
    const seen = eventsOf(running).length;
    await until(() => eventsOf(running).length > seen);
    await requestStop(running, "a test");
    await until(() => runStatus(running) === "stopped");
  });
});

describe("resuming", () => {
  test("goes on with a stopped run, and refuses one that has finished", async () => {
    // Many steps: the request must arrive before the last of them.
    const plan = tinyPlan(base, { train: { duration: { steps: 400 } } }, "resumed");
    const { reply, ended } = await launch({ kind: "run", plans: [plan], runsDirectory, parallel: null });
    const [folder] = foldersOf(reply) as [string];
    await until(() => eventsOf(folder).some(({ type }) => type === "step"));
    await requestStop(folder, "a test");
    await ended;
    expect(runStatus(folder)).toBe("stopped");
    const resumed = await launch({ kind: "resume", runFolders: [folder], anyBackend: false });
    expect(foldersOf(resumed.reply)).toEqual([folder]);
    expect(await resumed.ended).toBe(0);
    expect(runStatus(folder)).toBe("finished");
    const refused = await launch({ kind: "resume", runFolders: [folder], anyBackend: false });
    expect(refused.reply).toMatchObject({ ok: false, message: expect.stringContaining("is finished") });
    expect(await refused.ended).toBe(1);
  });
});

describe("refuses", () => {
  test("what is no request", async () => {
    expect((await launch("{")).reply).toMatchObject({
      ok: false,
      message: expect.stringContaining("not JSON"),
    });
    expect((await launch({ kind: "run", plans: [] })).reply.ok).toBe(false);
  });

  test("a plan whose hash is not that of its config, and leaves no folder behind", async () => {
    const [good, bad] = shortPlans(2);
    const plans = [good, { ...bad!, hash: good!.hash }];
    const directory = path.join(base, "refused");
    const { reply } = await launch({ kind: "run", plans, runsDirectory: directory, parallel: null });
    expect(reply).toMatchObject({ ok: false, message: expect.stringContaining("does not match its hash") });
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  test("a runs folder that cannot be made", async () => {
    const file = path.join(base, "a-file");
    fs.writeFileSync(file, "");
    const { reply } = await launch({
      kind: "run",
      plans: shortPlans(1),
      runsDirectory: path.join(file, "runs"),
      parallel: null,
    });
    expect(reply).toMatchObject({ ok: false, message: expect.stringContaining("cannot be written") });
  });
});
