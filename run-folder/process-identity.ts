/**
 * Tells whether a process that wrote its identity into a file is still the same one: process ids are reused, so the
 * process's start is compared too.
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import { HEARTBEAT_SECONDS } from "../contracts/run-folder";

/** What a process writes about itself in `host.json`, `launcher.json` and locks. */
export interface ProcessIdentity {
  pid: number;
  /** Of `processStart`; opaque. */
  processStart: string;
  /** Host name of the machine. */
  host: string;
  /** ISO 8601, when the process renews one. It decides where the process table cannot. */
  heartbeat?: string;
}

/** Mark of a start that this system does not tell (Windows). Then the heartbeat decides. */
export const UNKNOWN_START = "unknown";

/** Heartbeats older than this many seconds are stale: several were missed, not one delayed by a long step. */
export const STALE_HEARTBEAT_SECONDS = 12 * HEARTBEAT_SECONDS;

/** Opaque mark of when process `pid` started, `UNKNOWN_START` where that cannot be told, null when there is no such live process. */
export function processStart(pid: number): string | null {
  if (process.platform === "linux") return linuxProcessStart(pid);
  if (process.platform === "win32") return signalReaches(pid) ? UNKNOWN_START : null;
  return posixProcessStart(pid);
}

/** The identity of the calling process. */
export function ownIdentity(): ProcessIdentity {
  return {
    pid: process.pid,
    processStart: processStart(process.pid) ?? UNKNOWN_START,
    host: os.hostname(),
  };
}

/**
 * Whether the process is still there. On this machine the process table answers, whatever the heartbeat says: a host in a long
 * step or a suspended laptop renews it late. For another machine (a shared folder), or where starts cannot be told, a recent
 * heartbeat is needed as well; without one the process counts as dead.
 */
export function isAlive(identity: ProcessIdentity, now: number = Date.now()): boolean {
  if (identity.host !== os.hostname()) return hasRecentHeartbeat(identity, now);
  const start = processStart(identity.pid);
  if (start === null) return false;
  if (start !== UNKNOWN_START && identity.processStart !== UNKNOWN_START) {
    return start === identity.processStart;
  }
  return identity.heartbeat === undefined || hasRecentHeartbeat(identity, now);
}

function hasRecentHeartbeat({ heartbeat }: ProcessIdentity, now: number): boolean {
  if (heartbeat === undefined) return false;
  return now - Date.parse(heartbeat) < STALE_HEARTBEAT_SECONDS * 1000;
}

/** Field 22 of /proc/<pid>/stat, in clock ticks since boot (proc_pid_stat(5)). */
function linuxProcessStart(pid: number): string | null {
  let stat: string;
  try {
    stat = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return null;
  }
  // The command name, field 2, stands in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  // A killed process whose parent has not waited for it keeps its entry: it is dead all the same.
  if (state === "Z" || state === "X") return null;
  return fields[19] ?? UNKNOWN_START;
}

function posixProcessStart(pid: number): string | null {
  const { status, stdout } = spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
  });
  if (status === null) return signalReaches(pid) ? UNKNOWN_START : null;
  const line = stdout.trim();
  if (status !== 0 || line === "" || line.startsWith("Z")) return null;
  return line.replace(/^\S+\s+/, "").replace(/\s+/g, " ");
}

function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process is there and belongs to someone else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
