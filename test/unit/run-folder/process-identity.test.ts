import { spawn } from "node:child_process";
import { once } from "node:events";
import * as os from "node:os";
import { describe, expect, it } from "vitest";
import {
  isAlive,
  ownIdentity,
  processStart,
  STALE_HEARTBEAT_SECONDS,
} from "../../../run-folder/process-identity";

const sleeper = ["-e", "setInterval(() => {}, 1000)"];

describe("process identity", () => {
  it("knows itself", () => {
    expect(ownIdentity()).toMatchObject({ pid: process.pid, host: os.hostname() });
    expect(isAlive(ownIdentity())).toBe(true);
    expect(processStart(process.pid)).toBe(processStart(process.pid));
  });

  it("takes a process that reuses the id for another one", () => {
    expect(isAlive({ ...ownIdentity(), processStart: "1" })).toBe(false);
  });

  it("sees a killed process as dead", async () => {
    const child = spawn(process.execPath, sleeper, { stdio: "ignore" });
    const start = processStart(child.pid!)!;
    const identity = { pid: child.pid!, processStart: start, host: os.hostname() };
    expect(isAlive(identity)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(isAlive(identity)).toBe(false);
  });

  it.runIf(process.platform === "linux")(
    "sees a killed process as dead while its parent has not waited for it",
    async () => {
      // The shell's child is killed, and the shell, replaced by `sleep`, never waits for it: a zombie.
      const shell = spawn("sh", ["-c", "sleep 1000 & echo $!; exec sleep 1000"], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      const [line] = (await once(shell.stdout, "data")) as [Buffer];
      const pid = Number(line.toString());
      const identity = { pid, processStart: processStart(pid)!, host: os.hostname() };
      expect(isAlive(identity)).toBe(true);
      process.kill(pid, "SIGKILL");
      await expect.poll(() => isAlive(identity)).toBe(false);
      shell.kill("SIGKILL");
    },
  );

  it("goes by the heartbeat for a process of another machine", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    const beaten = (secondsAgo: number) => new Date(now - secondsAgo * 1000).toISOString();
    const elsewhere = { pid: process.pid, processStart: "1", host: "elsewhere" };
    expect(isAlive({ ...elsewhere, heartbeat: beaten(10) }, now)).toBe(true);
    expect(isAlive({ ...elsewhere, heartbeat: beaten(STALE_HEARTBEAT_SECONDS + 1) }, now)).toBe(false);
    expect(isAlive(elsewhere, now)).toBe(false);
  });

  it("does not need a fresh heartbeat on this machine: a suspended laptop renews it late", () => {
    expect(isAlive({ ...ownIdentity(), heartbeat: "2020-01-01T00:00:00.000Z" })).toBe(true);
  });
});
