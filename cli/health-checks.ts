/** What `mos doctor` looks at. Each check says whether the thing works here, why, and what to do when it does not. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { checkBackends } from "./backend-checks";
import type { HealthCheck } from "./health-check";
import { formatBytes } from "./terminal/numbers";

const LEAST_NODE = [20, 19] as const;
const GIB = 2 ** 30;
/** A run of the quickstart stays below 1 GiB of memory; its checkpoints take some 25 MiB each. */
const LEAST_FREE_MEMORY = GIB;
const LEAST_FREE_DISK = GIB;

export async function runHealthChecks(runsDirectory: string): Promise<HealthCheck[]> {
  const { checks: backends, relaxedSimd } = await checkBackends();
  return [
    checkProduct(),
    checkNode(process.versions.node),
    ...backends,
    checkRelaxedSimd(relaxedSimd),
    checkCores(),
    checkMemory(),
    checkRunsFolder(runsDirectory),
    checkDisk(runsDirectory),
  ];
}

function checkProduct(): HealthCheck {
  const parts = ["mos.js", "launch.js", "host.js", "backend-probe.js", "webview/comparison-panel.js"];
  const missing = parts.filter((part) => !fs.existsSync(path.join(__DIST__, part)));
  return {
    name: "product",
    works: missing.length === 0,
    needed: true,
    detail:
      missing.length === 0
        ? `version ${__VERSION__}`
        : `version ${__VERSION__}, without ${missing.join(", ")}`,
    advice: missing.length === 0 ? "" : "Build it again: npm run build.",
  };
}

export function checkNode(version: string): HealthCheck {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const works = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  const least = LEAST_NODE.join(".");
  return {
    name: "node",
    works,
    needed: true,
    detail: `version ${version} on ${process.platform} ${process.arch}`,
    advice: works ? "" : `Install Node.js ${least} or later.`,
  };
}

function checkRelaxedSimd(works: boolean): HealthCheck {
  return {
    name: "relaxed SIMD",
    works,
    needed: false,
    detail: works
      ? "kernels multiply and add in one instruction"
      : "kernels multiply and add in two instructions",
    advice: works ? "" : "Training works without it, more slowly. Use a newer Node.js.",
  };
}

function checkCores(): HealthCheck {
  const cores = os.availableParallelism();
  const model = os.cpus()[0]?.model.trim() ?? "";
  return {
    name: "cores",
    works: true,
    needed: true,
    detail: [String(cores), model].filter(Boolean).join(" x "),
    advice: "",
  };
}

function checkMemory(): HealthCheck {
  const free = process.availableMemory?.() ?? os.freemem();
  const works = free >= LEAST_FREE_MEMORY;
  return {
    name: "memory",
    works,
    needed: false,
    detail: `${formatBytes(free)} of ${formatBytes(os.totalmem())} available`,
    advice: works ? "" : "Close other programs, or run one experiment at a time (--parallel 1).",
  };
}

function checkRunsFolder(runsDirectory: string): HealthCheck {
  const existing = nearestExisting(runsDirectory);
  const reason = whyNotWritable(existing);
  return {
    name: "runs folder",
    works: reason === null,
    needed: true,
    detail: reason === null ? `${runsDirectory} can be written` : `${existing} cannot be written: ${reason}`,
    advice: reason === null ? "" : "Change its permissions, or name another folder with --runs.",
  };
}

/** By writing: permissions alone do not know of read-only file systems and quotas. */
function whyNotWritable(folder: string): string | null {
  try {
    fs.rmdirSync(fs.mkdtempSync(path.join(folder, ".mos-doctor-")));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function checkDisk(runsDirectory: string): HealthCheck {
  const { bavail, bsize } = fs.statfsSync(nearestExisting(runsDirectory));
  const free = bavail * bsize;
  const works = free >= LEAST_FREE_DISK;
  return {
    name: "disk",
    works,
    needed: false,
    detail: `${formatBytes(free)} free for runs`,
    advice: works ? "" : "Free some space: checkpoints of a large model take several times its size.",
  };
}

function nearestExisting(folder: string): string {
  let existing = folder;
  while (!fs.existsSync(existing)) existing = path.dirname(existing);
  return existing;
}
